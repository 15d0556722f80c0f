// The bytes of the command's GET /bytes/N (Cli/Verbs/Serve/DeterministicBytes.cs): the word at byte 8 i is i times a constant,
// the lowest byte first. No stretch looks like another, so a byte that is lost, doubled or out of place shows.
#include <stdint.h>

enum { PIECE = 65536 };

// fill: the words of the piece that begins at a byte of the stream, a multiple of eight.
static inline void fill(uint64_t *words, uint64_t place)
{
    for (uint64_t i = 0; i < PIECE / sizeof *words; i++)
        words[i] = (place / sizeof *words + i) * 0x9e3779b97f4a7c15u;
}

// bytes N: the first N bytes of the stream to standard output.
#include <stdio.h>
#include <stdlib.h>
#include "stream.h"

int main(int count_of_arguments, char **arguments)
{
    uint64_t length = count_of_arguments > 1 ? strtoull(arguments[1], NULL, 10) : 0;
    static uint64_t words[PIECE / 8];
    for (uint64_t place = 0; place < length; place += PIECE) {
        size_t part = length - place < PIECE ? (size_t)(length - place) : PIECE;
        fill(words, place);
        if (fwrite(words, 1, part, stdout) != part)
            return 1;
    }

    return fflush(stdout) == 0 ? 0 : 1;
}

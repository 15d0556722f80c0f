#ifndef SERVICES_H
#define SERVICES_H

/* Echo over TCP and UDP, discard, chargen, and the page, on their ports. */
void start_services(void);

#endif

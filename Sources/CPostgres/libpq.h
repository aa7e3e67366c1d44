// Found through pkg-config, since distributions keep it in different folders.
#include <libpq-fe.h>

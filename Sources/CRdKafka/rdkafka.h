// rdkafka_mock.h refuses to be included before rdkafka.h, so one header fixes the order.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#ifndef CGRPC_TESTING_H
#define CGRPC_TESTING_H

// A gRPC server over the C core that hands every unary call to a function, for tests of the client.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
} cgrpc_test_span;

typedef struct {
    cgrpc_test_span key;
    cgrpc_test_span value;
} cgrpc_test_metadata;

typedef struct cgrpc_test_server cgrpc_test_server;
typedef struct cgrpc_test_call cgrpc_test_call;

typedef struct {
    /// Such as "127.0.0.1:0".
    const char *address;
    /// Whether others may have bound the address already, without listening.
    bool shares_port;
    /// PEM; NULL means plaintext.
    const char *certificate_chain;
    const char *private_key;
    /// PEM of the authorities that clients' certificates must be signed by; NULL means that none is asked for.
    const char *client_root_certificates;
    /// A connection this old is ended with GOAWAY, and closed after the grace; 0 means never.
    int32_t max_connection_age_ms;
    int32_t max_connection_age_grace_ms;
    /// The largest request; 0 means no limit.
    int32_t max_message_bytes;

    void *context;
    /// A request has arrived. It must be answered by one `cgrpc_test_call_respond`, until which the call is valid.
    void (*called)(void *context, cgrpc_test_call *call);
    /// The client has given up or gone away; answering is still due.
    void (*cancelled)(void *context, cgrpc_test_call *call);
    /// The server has stopped and touches `context` no more.
    void (*ended)(void *context);
} cgrpc_test_server_options;

/// Starts a server and its thread; NULL if the address can't be bound or the certificates can't be used.
cgrpc_test_server *cgrpc_test_server_start(const cgrpc_test_server_options *options, int32_t *port);

/// Stops listening and ends all connections, once every call is answered; `cancelling` gives calls in progress up at
/// once. Call it once; `ended` follows when all are answered.
void cgrpc_test_server_stop(cgrpc_test_server *server, bool cancelling);

cgrpc_test_span cgrpc_test_call_method(cgrpc_test_call *call);
/// Writes the address of the client's end of the connection, cut to `capacity`.
void cgrpc_test_call_peer(cgrpc_test_call *call, char *buffer, size_t capacity);
/// What is left of the call's time when asked, or -1 if it has no limit.
int64_t cgrpc_test_call_remaining_ns(cgrpc_test_call *call);
size_t cgrpc_test_call_metadata_count(cgrpc_test_call *call);
cgrpc_test_metadata cgrpc_test_call_metadata(cgrpc_test_call *call, size_t index);
size_t cgrpc_test_call_request_count(cgrpc_test_call *call);
void cgrpc_test_call_copy_request(cgrpc_test_call *call, void *destination);

/// Adds an entry to the response; all bytes are copied.
void cgrpc_test_call_add_metadata(cgrpc_test_call *call, bool trailing, cgrpc_test_span key, cgrpc_test_span value);
/// Answers. A NULL `message` sends a status alone. The call is no longer valid afterwards.
void cgrpc_test_call_respond(
    cgrpc_test_call *call, const cgrpc_test_span *message, int32_t status, cgrpc_test_span status_message);

#endif

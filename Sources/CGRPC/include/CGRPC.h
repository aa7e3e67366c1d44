#ifndef CGRPC_H
#define CGRPC_H

// The part of the gRPC C core that a unary client needs, in types Swift can import: GRPC_SLICE_* are function-like
// macros, and grpc_op is a union. Nothing here keeps state beyond the objects it hands out.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes owned by someone else, valid as long as their owner.
typedef struct {
    const uint8_t *bytes;
    size_t count;
} cgrpc_span;

typedef struct {
    cgrpc_span key;
    cgrpc_span value;
} cgrpc_metadata;

// MARK: Completion queue

typedef struct cgrpc_queue cgrpc_queue;

/// Starts a thread that takes events from a new completion queue until `cgrpc_queue_shut_down`. It calls `completed`
/// for each event, and `ended(context)` as its last act. NULL if the thread can't be started.
cgrpc_queue *cgrpc_queue_start(void (*completed)(void *tag, bool ok), void (*ended)(void *context), void *context);

/// Ends the thread once the events of every started operation are delivered. Call it once, with no operation starting
/// at the same time or afterwards; the queue frees itself.
void cgrpc_queue_shut_down(cgrpc_queue *queue);

// MARK: Channel

struct grpc_channel;

typedef struct {
    const char *target;
    bool tls;
    /// PEM; NULL means the system's roots.
    const char *root_certificates;
    /// PEM; NULL means no client certificate.
    const char *client_certificate_chain;
    const char *client_private_key;
    /// NULL means the target's own name.
    const char *server_name;
    bool use_proxy;
    int32_t keepalive_interval_ms;
    int32_t keepalive_timeout_ms;
    int32_t max_message_bytes;
} cgrpc_channel_options;

/// NULL if the core refuses the credentials.
struct grpc_channel *cgrpc_channel_create(const cgrpc_channel_options *options);
void cgrpc_channel_destroy(struct grpc_channel *channel);

typedef enum : int32_t {
    CGRPC_IDLE = 0,
    CGRPC_CONNECTING = 1,
    CGRPC_READY = 2,
    CGRPC_TRANSIENT_FAILURE = 3,
    CGRPC_SHUTDOWN = 4,
} cgrpc_connectivity;

/// The channel's state; starts connecting if it is idle.
cgrpc_connectivity cgrpc_channel_connect(struct grpc_channel *channel);

/// Delivers `tag` when the state is no longer `last`, or, not ok, after `timeout_ns`.
void cgrpc_channel_watch(
    struct grpc_channel *channel, cgrpc_queue *queue, cgrpc_connectivity last, int64_t timeout_ns, void *tag);

// MARK: Call

typedef struct cgrpc_call cgrpc_call;

cgrpc_call *cgrpc_call_create(
    struct grpc_channel *channel, cgrpc_queue *queue, const void *method, size_t method_count, int64_t timeout_ns);

typedef enum : int32_t {
    CGRPC_METADATA_ADDED,
    CGRPC_METADATA_KEY_ILLEGAL,
    CGRPC_METADATA_VALUE_ILLEGAL,
} cgrpc_metadata_result;

cgrpc_metadata_result cgrpc_call_add_metadata(
    cgrpc_call *call, const void *key, size_t key_count, const void *value, size_t value_count);

/// Sends the request, whose bytes are copied, and delivers `tag` once the status has arrived. Call it once. False means
/// that nothing was started and no tag will come.
bool cgrpc_call_start(cgrpc_call *call, const void *request, size_t request_count, void *tag);

/// Ends the call with CANCELLED unless it has a status already. Any thread, any time before `cgrpc_call_destroy`.
void cgrpc_call_cancel(cgrpc_call *call);

/// Only if the call never started, or its tag has been delivered. The same holds for the getters below, whose spans
/// live until then.
void cgrpc_call_destroy(cgrpc_call *call);

int32_t cgrpc_call_status(cgrpc_call *call);
cgrpc_span cgrpc_call_status_message(cgrpc_call *call);
/// The response's size in bytes, or -1 if none came.
int64_t cgrpc_call_response_count(cgrpc_call *call);
/// Copies the response to `destination`, which has room for all of it.
void cgrpc_call_copy_response(cgrpc_call *call, void *destination);
size_t cgrpc_call_initial_metadata_count(cgrpc_call *call);
cgrpc_metadata cgrpc_call_initial_metadata(cgrpc_call *call, size_t index);
size_t cgrpc_call_trailing_metadata_count(cgrpc_call *call);
cgrpc_metadata cgrpc_call_trailing_metadata(cgrpc_call *call, size_t index);

#endif

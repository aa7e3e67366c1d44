#include "CGRPC.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <pthread.h>
#include <string.h>

// The library is never shut down: calls may be released after the last channel is gone, which grpc_shutdown forbids.
static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void) { grpc_init(); }

static gpr_timespec deadline_after(int64_t timeout_ns) {
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(timeout_ns, GPR_TIMESPAN));
}

// Takes the slice's address, because a short slice holds its bytes itself.
static cgrpc_span span(const grpc_slice *slice) {
    return (cgrpc_span){GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)};
}

// MARK: Completion queue

struct cgrpc_queue {
    grpc_completion_queue *core;
    void (*completed)(void *tag, bool ok);
    void (*ended)(void *context);
    void *context;
};

static void *queue_main(void *argument) {
    cgrpc_queue *queue = argument;
    grpc_event event;
    while ((event = grpc_completion_queue_next(queue->core, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)).type !=
           GRPC_QUEUE_SHUTDOWN) {
        queue->completed(event.tag, event.success != 0);
    }
    grpc_completion_queue_destroy(queue->core);
    void (*ended)(void *) = queue->ended;
    void *context = queue->context;
    gpr_free(queue);
    ended(context);
    return NULL;
}

cgrpc_queue *cgrpc_queue_start(void (*completed)(void *, bool), void (*ended)(void *), void *context) {
    pthread_once(&library_once, library_init);
    cgrpc_queue *queue = gpr_malloc(sizeof *queue);
    *queue = (cgrpc_queue){grpc_completion_queue_create_for_next(NULL), completed, ended, context};
    pthread_t thread;
    if (pthread_create(&thread, NULL, queue_main, queue) != 0) {
        grpc_completion_queue_shutdown(queue->core);
        grpc_completion_queue_destroy(queue->core);
        gpr_free(queue);
        return NULL;
    }
    pthread_detach(thread);
    return queue;
}

void cgrpc_queue_shut_down(cgrpc_queue *queue) { grpc_completion_queue_shutdown(queue->core); }

// MARK: Channel

static grpc_arg integer_arg(const char *key, int value) {
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

static grpc_channel_credentials *credentials(const cgrpc_channel_options *options) {
    if (!options->tls) return grpc_insecure_credentials_create();
    grpc_ssl_pem_key_cert_pair pair = {options->client_private_key, options->client_certificate_chain};
    return grpc_ssl_credentials_create_ex(
        options->root_certificates, options->client_private_key ? &pair : NULL, NULL, NULL);
}

grpc_channel *cgrpc_channel_create(const cgrpc_channel_options *options) {
    pthread_once(&library_once, library_init);
    grpc_channel_credentials *security = credentials(options);
    if (!security) return NULL;

    grpc_arg args[16] = {
        integer_arg(GRPC_ARG_KEEPALIVE_TIME_MS, options->keepalive_interval_ms),
        integer_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options->keepalive_timeout_ms),
        integer_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer_arg(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        integer_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, options->max_message_bytes),
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, options->max_message_bytes),
        // The default of 8 KiB loses error details that carry a stack trace.
        integer_arg(GRPC_ARG_MAX_METADATA_SIZE, 16 << 20),
        // The defaults, 1 s to 120 s, leave a client without its server long after the server is back.
        integer_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100),
        integer_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000),
        // The connection belongs to this channel alone, so that closing the channel closes it.
        integer_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1),
        integer_arg(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
        integer_arg(GRPC_ARG_ENABLE_HTTP_PROXY, options->use_proxy),
    };
    size_t count = 12;
    if (options->server_name) {
        args[count++] = (grpc_arg){.type = GRPC_ARG_STRING, .key = GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
                                   .value.string = (char *)options->server_name};
    }
    grpc_channel_args channel_args = {count, args};
    grpc_channel *channel = grpc_channel_create(options->target, security, &channel_args);
    grpc_channel_credentials_release(security);
    return channel;
}

void cgrpc_channel_destroy(grpc_channel *channel) { grpc_channel_destroy(channel); }

cgrpc_connectivity cgrpc_channel_connect(grpc_channel *channel) {
    return (cgrpc_connectivity)grpc_channel_check_connectivity_state(channel, 1);
}

void cgrpc_channel_watch(
    grpc_channel *channel, cgrpc_queue *queue, cgrpc_connectivity last, int64_t timeout_ns, void *tag) {
    grpc_channel_watch_connectivity_state(
        channel, (grpc_connectivity_state)last, deadline_after(timeout_ns), queue->core, tag);
}

// MARK: Call

struct cgrpc_call {
    grpc_call *core;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    grpc_byte_buffer *response;
    grpc_metadata_array initial_metadata;
    grpc_metadata_array trailing_metadata;
    grpc_status_code status;
    grpc_slice status_message;
};

cgrpc_call *cgrpc_call_create(
    grpc_channel *channel, cgrpc_queue *queue, const void *method, size_t method_count, int64_t timeout_ns) {
    cgrpc_call *call = gpr_zalloc(sizeof *call);
    grpc_slice path = grpc_slice_from_copied_buffer(method, method_count);
    call->core = grpc_channel_create_call(
        channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue->core, path, NULL, deadline_after(timeout_ns), NULL);
    grpc_slice_unref(path);
    grpc_metadata_array_init(&call->metadata);
    grpc_metadata_array_init(&call->initial_metadata);
    grpc_metadata_array_init(&call->trailing_metadata);
    call->status = GRPC_STATUS_UNKNOWN;
    call->status_message = grpc_empty_slice();
    return call;
}

cgrpc_metadata_result cgrpc_call_add_metadata(
    cgrpc_call *call, const void *key, size_t key_count, const void *value, size_t value_count) {
    grpc_slice key_slice = grpc_slice_from_copied_buffer(key, key_count);
    if (!grpc_header_key_is_legal(key_slice)) {
        grpc_slice_unref(key_slice);
        return CGRPC_METADATA_KEY_ILLEGAL;
    }
    grpc_slice value_slice = grpc_slice_from_copied_buffer(value, value_count);
    if (!grpc_is_binary_header(key_slice) && !grpc_header_nonbin_value_is_legal(value_slice)) {
        grpc_slice_unref(key_slice);
        grpc_slice_unref(value_slice);
        return CGRPC_METADATA_VALUE_ILLEGAL;
    }
    grpc_metadata_array *array = &call->metadata;
    if (array->count == array->capacity) {
        array->capacity = array->capacity ? 2 * array->capacity : 8;
        array->metadata = gpr_realloc(array->metadata, array->capacity * sizeof *array->metadata);
    }
    array->metadata[array->count++] = (grpc_metadata){.key = key_slice, .value = value_slice};
    return CGRPC_METADATA_ADDED;
}

bool cgrpc_call_start(cgrpc_call *call, const void *request, size_t request_count, void *tag) {
    grpc_slice slice = grpc_slice_from_copied_buffer(request, request_count);
    call->request = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);

    grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = call->metadata.count, .metadata = call->metadata.metadata}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message = {call->request}},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata = {&call->initial_metadata}},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message = {&call->response}},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &call->trailing_metadata, .status = &call->status,
                                        .status_details = &call->status_message}},
    };
    return grpc_call_start_batch(call->core, ops, sizeof ops / sizeof *ops, tag, NULL) == GRPC_CALL_OK;
}

void cgrpc_call_cancel(cgrpc_call *call) { grpc_call_cancel(call->core, NULL); }

void cgrpc_call_destroy(cgrpc_call *call) {
    for (size_t i = 0; i < call->metadata.count; i++) {
        grpc_slice_unref(call->metadata.metadata[i].key);
        grpc_slice_unref(call->metadata.metadata[i].value);
    }
    grpc_metadata_array_destroy(&call->metadata);
    grpc_metadata_array_destroy(&call->initial_metadata);
    grpc_metadata_array_destroy(&call->trailing_metadata);
    grpc_slice_unref(call->status_message);
    if (call->request) grpc_byte_buffer_destroy(call->request);
    if (call->response) grpc_byte_buffer_destroy(call->response);
    // Last: the core owns the received keys and values.
    grpc_call_unref(call->core);
    gpr_free(call);
}

int32_t cgrpc_call_status(cgrpc_call *call) { return (int32_t)call->status; }

cgrpc_span cgrpc_call_status_message(cgrpc_call *call) { return span(&call->status_message); }

int64_t cgrpc_call_response_count(cgrpc_call *call) {
    return call->response ? (int64_t)grpc_byte_buffer_length(call->response) : -1;
}

void cgrpc_call_copy_response(cgrpc_call *call, void *destination) {
    grpc_byte_buffer_reader reader;
    grpc_byte_buffer_reader_init(&reader, call->response);
    uint8_t *end = destination;
    // Peeking takes no reference, unlike `next`.
    grpc_slice *slice;
    while (grpc_byte_buffer_reader_peek(&reader, &slice)) {
        memcpy(end, GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
        end += GRPC_SLICE_LENGTH(*slice);
    }
    grpc_byte_buffer_reader_destroy(&reader);
}

static cgrpc_metadata entry(const grpc_metadata_array *array, size_t index) {
    return (cgrpc_metadata){span(&array->metadata[index].key), span(&array->metadata[index].value)};
}

size_t cgrpc_call_initial_metadata_count(cgrpc_call *call) { return call->initial_metadata.count; }

cgrpc_metadata cgrpc_call_initial_metadata(cgrpc_call *call, size_t index) {
    return entry(&call->initial_metadata, index);
}

size_t cgrpc_call_trailing_metadata_count(cgrpc_call *call) { return call->trailing_metadata.count; }

cgrpc_metadata cgrpc_call_trailing_metadata(cgrpc_call *call, size_t index) {
    return entry(&call->trailing_metadata, index);
}

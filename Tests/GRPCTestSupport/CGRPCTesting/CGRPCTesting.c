#include "CGRPCTesting.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

// Every event's tag is an `event`. All of them are handled by the server's one thread, which is alone in counting.

enum event_kind { EVENT_CALL, EVENT_MESSAGE, EVENT_CLOSED, EVENT_RESPONDED, EVENT_STOPPED };

typedef struct {
    enum event_kind kind;
    void *owner;
} event;

struct cgrpc_test_server {
    grpc_server *core;
    grpc_completion_queue *queue;
    cgrpc_test_server_options options;
    event stopped;
    bool is_stopped;
    // Held while stopping, so that the thread doesn't free the server under it.
    pthread_mutex_t stopping;
    // Those that wait for a client, and those being answered.
    size_t calls;
};

struct cgrpc_test_call {
    cgrpc_test_server *server;
    grpc_call *core;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    grpc_byte_buffer *response;
    grpc_metadata_array initial_metadata;
    grpc_metadata_array trailing_metadata;
    int cancelled;
    // How many of closed and responded are still to come.
    int pending;
    bool was_called;
    event arrived, message, closed, responded;
};

static cgrpc_test_span span(const grpc_slice *slice) {
    return (cgrpc_test_span){GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)};
}

static grpc_slice slice_copy(cgrpc_test_span bytes) {
    return grpc_slice_from_copied_buffer((const char *)bytes.bytes, bytes.count);
}

// MARK: Calls

static void request_call(cgrpc_test_server *server) {
    cgrpc_test_call *call = gpr_zalloc(sizeof *call);
    call->server = server;
    call->arrived = (event){EVENT_CALL, call};
    call->message = (event){EVENT_MESSAGE, call};
    call->closed = (event){EVENT_CLOSED, call};
    call->responded = (event){EVENT_RESPONDED, call};
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    grpc_metadata_array_init(&call->initial_metadata);
    grpc_metadata_array_init(&call->trailing_metadata);
    server->calls++;
    grpc_server_request_call(
        server->core, &call->core, &call->details, &call->metadata, server->queue, server->queue, &call->arrived);
}

static void destroy_entries(grpc_metadata_array *array) {
    for (size_t i = 0; i < array->count; i++) {
        grpc_slice_unref(array->metadata[i].key);
        grpc_slice_unref(array->metadata[i].value);
    }
    grpc_metadata_array_destroy(array);
}

static void destroy_call(cgrpc_test_call *call) {
    call->server->calls--;
    grpc_call_details_destroy(&call->details);
    grpc_metadata_array_destroy(&call->metadata);
    destroy_entries(&call->initial_metadata);
    destroy_entries(&call->trailing_metadata);
    if (call->request) grpc_byte_buffer_destroy(call->request);
    if (call->response) grpc_byte_buffer_destroy(call->response);
    if (call->core) grpc_call_unref(call->core);
    gpr_free(call);
}

static void start(cgrpc_test_call *call, const grpc_op *ops, size_t count, event *tag) {
    grpc_call_start_batch(call->core, ops, count, tag, NULL);
}

static void call_arrived(cgrpc_test_call *call) {
    call->pending = 2;
    grpc_op closed = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server = {&call->cancelled}};
    start(call, &closed, 1, &call->closed);
    grpc_op message = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message = {&call->request}};
    start(call, &message, 1, &call->message);
}

static void message_arrived(cgrpc_test_call *call) {
    if (call->request) {
        call->was_called = true;
        call->server->options.called(call->server->options.context, call);
        // It may have been closed before it was called.
        if (call->pending == 1 && call->cancelled) call->server->options.cancelled(call->server->options.context, call);
    } else {
        cgrpc_test_call_respond(call, NULL, GRPC_STATUS_INTERNAL, (cgrpc_test_span){NULL, 0});
    }
}

static void handle(event *tag, bool ok) {
    cgrpc_test_call *call = tag->owner;
    switch (tag->kind) {
        case EVENT_CALL:
            if (!ok) {
                destroy_call(call);
                return;
            }
            request_call(call->server);
            call_arrived(call);
            return;
        case EVENT_MESSAGE:
            message_arrived(call);
            return;
        case EVENT_CLOSED:
            if (call->cancelled && call->was_called && call->pending == 2) {
                call->server->options.cancelled(call->server->options.context, call);
            }
            break;
        case EVENT_RESPONDED:
            break;
        case EVENT_STOPPED:
            ((cgrpc_test_server *)tag->owner)->is_stopped = true;
            return;
    }
    if (--call->pending == 0) destroy_call(call);
}

// MARK: Server

static void *server_main(void *argument) {
    cgrpc_test_server *server = argument;
    while (!server->is_stopped || server->calls > 0) {
        grpc_event next = grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        handle(next.tag, next.success);
    }
    pthread_mutex_lock(&server->stopping);
    pthread_mutex_unlock(&server->stopping);
    pthread_mutex_destroy(&server->stopping);
    grpc_server_destroy(server->core);
    grpc_completion_queue_shutdown(server->queue);
    while (grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(server->queue);
    cgrpc_test_server_options options = server->options;
    gpr_free(server);
    options.ended(options.context);
    return NULL;
}

static grpc_server_credentials *credentials(const cgrpc_test_server_options *options) {
    if (!options->certificate_chain) return grpc_insecure_server_credentials_create();
    grpc_ssl_pem_key_cert_pair pair = {options->private_key, options->certificate_chain};
    return grpc_ssl_server_credentials_create_ex(
        options->client_root_certificates, &pair, 1,
        options->client_root_certificates ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                          : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
        NULL);
}

static grpc_arg integer_arg(const char *key, int value) {
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

static grpc_server *create_core(const cgrpc_test_server_options *options) {
    grpc_arg args[8] = {
        // Two servers must not be given the same free port.
        integer_arg(GRPC_ARG_ALLOW_REUSEPORT, options->shares_port),
        integer_arg(GRPC_ARG_MAX_METADATA_SIZE, 16 << 20),
        integer_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer_arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 50),
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, options->max_message_bytes ? options->max_message_bytes : -1),
    };
    size_t count = 5;
    if (options->max_connection_age_ms > 0) {
        args[count++] = integer_arg(GRPC_ARG_MAX_CONNECTION_AGE_MS, options->max_connection_age_ms);
        args[count++] = integer_arg(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options->max_connection_age_grace_ms);
    }
    grpc_channel_args channel_args = {count, args};
    return grpc_server_create(&channel_args, NULL);
}

cgrpc_test_server *cgrpc_test_server_start(const cgrpc_test_server_options *options, int32_t *port) {
    grpc_init();
    cgrpc_test_server *server = gpr_zalloc(sizeof *server);
    server->options = *options;
    server->stopped = (event){EVENT_STOPPED, server};
    pthread_mutex_init(&server->stopping, NULL);
    server->queue = grpc_completion_queue_create_for_next(NULL);
    server->core = create_core(options);
    grpc_server_register_completion_queue(server->core, server->queue, NULL);

    grpc_server_credentials *security = credentials(options);
    *port = security ? grpc_server_add_http2_port(server->core, options->address, security) : 0;
    if (security) grpc_server_credentials_release(security);
    grpc_server_start(server->core);
    if (*port == 0) {
        // The thread's work, without a thread: nobody is to be told of the end.
        grpc_server_shutdown_and_notify(server->core, server->queue, &server->stopped);
        grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        grpc_server_destroy(server->core);
        grpc_completion_queue_shutdown(server->queue);
        grpc_completion_queue_destroy(server->queue);
        gpr_free(server);
        return NULL;
    }
    for (int i = 0; i < 16; i++) request_call(server);
    pthread_t thread;
    if (pthread_create(&thread, NULL, server_main, server) != 0) return NULL;
    pthread_detach(thread);
    return server;
}

void cgrpc_test_server_stop(cgrpc_test_server *server, bool cancelling) {
    pthread_mutex_lock(&server->stopping);
    grpc_server_shutdown_and_notify(server->core, server->queue, &server->stopped);
    if (cancelling) grpc_server_cancel_all_calls(server->core);
    pthread_mutex_unlock(&server->stopping);
}

// MARK: Requests and responses

cgrpc_test_span cgrpc_test_call_method(cgrpc_test_call *call) { return span(&call->details.method); }

void cgrpc_test_call_peer(cgrpc_test_call *call, char *buffer, size_t capacity) {
    char *peer = grpc_call_get_peer(call->core);
    snprintf(buffer, capacity, "%s", peer);
    gpr_free(peer);
}

int64_t cgrpc_test_call_remaining_ns(cgrpc_test_call *call) {
    gpr_timespec deadline = gpr_convert_clock_type(call->details.deadline, GPR_CLOCK_MONOTONIC);
    if (gpr_time_cmp(deadline, gpr_inf_future(GPR_CLOCK_MONOTONIC)) == 0) return -1;
    gpr_timespec remaining = gpr_time_sub(deadline, gpr_now(GPR_CLOCK_MONOTONIC));
    return remaining.tv_sec * INT64_C(1000000000) + remaining.tv_nsec;
}

size_t cgrpc_test_call_metadata_count(cgrpc_test_call *call) { return call->metadata.count; }

cgrpc_test_metadata cgrpc_test_call_metadata(cgrpc_test_call *call, size_t index) {
    return (cgrpc_test_metadata){
        span(&call->metadata.metadata[index].key), span(&call->metadata.metadata[index].value)};
}

size_t cgrpc_test_call_request_count(cgrpc_test_call *call) { return grpc_byte_buffer_length(call->request); }

void cgrpc_test_call_copy_request(cgrpc_test_call *call, void *destination) {
    grpc_byte_buffer_reader reader;
    grpc_byte_buffer_reader_init(&reader, call->request);
    uint8_t *end = destination;
    grpc_slice *slice;
    while (grpc_byte_buffer_reader_peek(&reader, &slice)) {
        memcpy(end, GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
        end += GRPC_SLICE_LENGTH(*slice);
    }
    grpc_byte_buffer_reader_destroy(&reader);
}

void cgrpc_test_call_add_metadata(cgrpc_test_call *call, bool trailing, cgrpc_test_span key, cgrpc_test_span value) {
    grpc_metadata_array *array = trailing ? &call->trailing_metadata : &call->initial_metadata;
    if (array->count == array->capacity) {
        array->capacity = array->capacity ? 2 * array->capacity : 8;
        array->metadata = gpr_realloc(array->metadata, array->capacity * sizeof *array->metadata);
    }
    array->metadata[array->count++] = (grpc_metadata){.key = slice_copy(key), .value = slice_copy(value)};
}

void cgrpc_test_call_respond(
    cgrpc_test_call *call, const cgrpc_test_span *message, int32_t status, cgrpc_test_span status_message) {
    grpc_slice text = slice_copy(status_message);
    grpc_op ops[3] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = call->initial_metadata.count,
                                        .metadata = call->initial_metadata.metadata}},
        {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
         .data.send_status_from_server = {.trailing_metadata_count = call->trailing_metadata.count,
                                          .trailing_metadata = call->trailing_metadata.metadata,
                                          .status = (grpc_status_code)status, .status_details = &text}},
    };
    size_t count = 2;
    if (message) {
        grpc_slice slice = slice_copy(*message);
        call->response = grpc_raw_byte_buffer_create(&slice, 1);
        grpc_slice_unref(slice);
        ops[count++] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE, .data.send_message = {call->response}};
    }
    start(call, ops, count, &call->responded);
    grpc_slice_unref(text);
}

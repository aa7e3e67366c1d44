# One image for all roles: `docker run IMAGE bridge`, `worker`, `sidecar`, `simulators`, `produce`, …

FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libgrpc-dev libpq-dev libprotobuf-dev librdkafka-dev libsqlite3-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# With the versions that were tested, where Package.resolved has them.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY Sources Sources
COPY Benchmarks Benchmarks
COPY Tests Tests
RUN swift build -c release --product payment-saga --static-swift-stdlib \
    && install -D "$(swift build -c release --show-bin-path)/payment-saga" /image/payment-saga \
    && strip /image/payment-saga

FROM debian:12.12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates curl libgrpc29 libpq5 librdkafka1 libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent saga \
    && install -d -o saga -g saga /var/lib/payment-saga
COPY --from=build /image/payment-saga /usr/local/bin/payment-saga
COPY Examples/payments.jsonl /usr/share/payment-saga/Examples/payments.jsonl
COPY --chmod=0555 deploy/healthcheck /usr/local/bin/healthcheck
WORKDIR /usr/share/payment-saga
USER 10001:10001
# Where a role is asked how it is: the sidecar and the simulators at their own port, the others at that of the metrics.
ENV PAYMENT_SAGA_METRICS_HOST=0.0.0.0 PAYMENT_SAGA_METRICS_PORT=9464
EXPOSE 8080 9464
ENTRYPOINT ["/usr/local/bin/payment-saga"]
CMD ["--help"]

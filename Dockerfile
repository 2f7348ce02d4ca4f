# The daemon in a container: see docs/operations.md, "In a container".
#   docker build -t altmind .
#   docker run --rm -p 127.0.0.1:8080:8080 -v altmind:/var/lib/altmind altmind
ARG BASE=debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
# Packages first: the cached layer stays valid until scripts/setup changes.
COPY scripts/setup scripts/setup
RUN scripts/setup --build
COPY . .
ARG ALTMIND_ARCH=x86-64-v3
RUN cmake --preset release -DBUILD_TESTING=OFF -DALTMIND_ARCH=${ALTMIND_ARCH} \
 && cmake --build --preset release --target altmind \
 && install -D --strip build/release/daemon/altmind /out/usr/bin/altmind \
 && install -D -m 755 deploy/container/healthcheck /out/usr/libexec/altmind/healthcheck \
 && install -D -m 644 config/altmind.toml /out/etc/altmind/altmind.toml \
 && install -D -m 644 LICENSE /out/usr/share/doc/altmind/LICENSE

FROM ${BASE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libisal2 liblzma5 libopenblas0-pthread libprometheus-cpp-core1.0 libsimdjson14 libspdlog1.10 libssl3 libstdc++6 \
      libsystemd0 libtomlplusplus3 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/altmind --shell /usr/sbin/nologin altmind \
 && install -d -o altmind -g altmind -m 700 /var/lib/altmind
COPY --from=build /out /
# Fails the build if a shared library is missing above.
RUN altmind --version

# Listens on every interface of the container's own network. Anyone who reaches the published port can learn and
# predict without a token: publish it on 127.0.0.1 or on a network you trust. The admin routes answer only from
# inside the container.
ENV ALTMIND_HTTP__LISTEN=0.0.0.0:8080 \
    ALTMIND_HTTP__INSECURE=true \
    OPENBLAS_NUM_THREADS=1
USER altmind
WORKDIR /var/lib/altmind
VOLUME /var/lib/altmind
# 8080: HTTP. 9200: a tcp source, if the configuration has one.
EXPOSE 8080 9200
STOPSIGNAL SIGTERM
# Healthy only after the journal has been replayed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --retries=3 CMD ["/usr/libexec/altmind/healthcheck"]
ENTRYPOINT ["/usr/bin/altmind"]
CMD ["serve", "-c", "/etc/altmind/altmind.toml", "--set", "store.directory=/var/lib/altmind"]

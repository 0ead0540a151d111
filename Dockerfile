# The program with a shell and git, as `milepost diff` and CI systems need them. In the folder of a project:
#
#   docker build --tag milepost PATH_OF_THIS_REPOSITORY
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/project" milepost build

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --profile dist --package milepost-cli --bin milepost

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/target/dist/milepost /usr/local/bin/milepost
# Whoever runs it need not be the owner of the files that they mount.
RUN git config --system --add safe.directory '*'
USER 1000:1000
WORKDIR /project
ENTRYPOINT ["milepost"]
CMD ["--help"]

# curate on a slim image: docker build -t curate . && docker run --rm -v "$PWD:/data" curate validate published
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir /wheels/*.whl && rm -r /wheels
RUN useradd --create-home curate
USER curate
WORKDIR /data
ENTRYPOINT ["curate"]
CMD ["--help"]

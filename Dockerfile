# A small image of the server. docs/container.md says how to build and run it.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# The requirements come first: a change of the source alone reuses these layers.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv --without-pip /opt/modelry \
    && pip install --require-hashes -r requirements/build.txt \
    && pip --python /opt/modelry/bin/python install --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-build-isolation --no-deps --no-index --wheel-dir wheels . \
    && pip --python /opt/modelry/bin/python install --no-deps --no-index wheels/*.whl

FROM python:${PYTHON_VERSION}-slim
# A fixed number, so that Kubernetes can see that it is not root and a mounted folder can be given to it.
RUN groupadd --gid 8632 modelry \
    && useradd --uid 8632 --gid 8632 --no-create-home --home-dir /data --shell /usr/sbin/nologin modelry \
    && install -d -o modelry -g modelry -m 0700 /data
COPY --from=build /opt/modelry /opt/modelry
COPY deploy/healthcheck.py /opt/modelry/healthcheck.py
ENV PATH=/opt/modelry/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 8632:8632
VOLUME /data
EXPOSE 8632
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/opt/modelry/bin/python", "-I", "/opt/modelry/healthcheck.py"]
ENTRYPOINT ["modelry"]
CMD ["serve", "--data", "/data", "--host", "0.0.0.0", "--port", "8632"]

# syntax=docker/dockerfile:1
# The gateway and its sandbox, on ports 8787 (HTTP) and 2775 (SMPP), its state in /data (docs/cli.md):
#   docker build -t stafett . && docker run --rm -p 127.0.0.1:8787:8787 -v stafett:/data stafett
# The runtime, workerd, needs glibc: so slim Debian, and not Alpine.
FROM node:22-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run package

FROM node:22-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 STATE_DIR=/data
WORKDIR /app
COPY --from=build /src/dist/stafett-*.tgz stafett.tgz
RUN --mount=type=cache,target=/root/.npm npm install --ignore-scripts --no-audit --no-fund --prefer-offline ./stafett.tgz && rm stafett.tgz
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787 2775
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8787/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# SIGTERM ends it cleanly. What is given after the image's name is a command of stafett: docker run … stafett --help
ENTRYPOINT ["node", "/app/node_modules/stafett/dist/bin.mjs"]
CMD ["start"]

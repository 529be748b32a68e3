# One image for all services and the migrations; the command says which (docker-compose.yml).
#
#   docker build -t nestjs-postgres-read-replicas .

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY libs/db-routing/package.json libs/db-routing/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && find dist libs/db-routing/dist -name '*.map' -delete

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY libs/db-routing/package.json libs/db-routing/
# Without optional: npm counts optional peers among them that are dev dependencies here (TypeScript, the Redis client).
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# What only compilers, browsers and people read.
COPY docker/service/prune.sh .
RUN sh prune.sh node_modules

# Node, the libraries it is linked with, and nothing else: no shell, no package manager.
FROM node:24-slim AS runtime
COPY docker/service/runtime.sh .
RUN sh runtime.sh /runtime

FROM scratch
COPY --from=runtime /runtime /
COPY --from=dependencies /app/node_modules /app/node_modules
COPY --from=build /app/package.json /app/package.json
# node_modules/db-routing is a link to it.
COPY --from=build /app/libs/db-routing/package.json /app/libs/db-routing/package.json
COPY --from=build /app/libs/db-routing/dist /app/libs/db-routing/dist
COPY --from=build /app/dist/libs/service-kit /app/dist/libs/service-kit
COPY --from=build /app/dist/libs/shop-database /app/dist/libs/shop-database
COPY --from=build /app/dist/libs/shop-services /app/dist/libs/shop-services
COPY --from=build /app/dist/tools/migrate /app/dist/tools/migrate
COPY --from=build /app/dist/tools/migrate.js /app/dist/tools/migrate.js
COPY --from=build /app/dist/tools/console /app/dist/tools/console
COPY --from=build /app/dist/tools/console.js /app/dist/tools/console.js
COPY --from=build /app/tools/console/page /app/tools/console/page
COPY --from=build /app/dist/apps /app/dist/apps
COPY docker/service/healthcheck.js /app/healthcheck.js
# glibc keeps fewer pools of memory: a service has one busy thread, and takes 3 MB less.
ENV NODE_ENV=production PATH=/usr/local/bin MALLOC_ARENA_MAX=2
WORKDIR /app
USER 1000:1000
ENTRYPOINT ["node"]
CMD ["dist/apps/order-service/src/main.js"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/healthcheck.js"]

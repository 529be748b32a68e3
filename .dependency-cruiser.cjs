'use strict';

/**
 * The import layers of the repository. libs/db-routing is a tower of rooms: a room imports
 * only rooms that stand below it (docs/architecture.md has the picture).
 */
const ROUTING = '^libs/db-routing/src';

/** room -> the rooms below it that it may import, in addition to itself and the ground floor. */
const rooms = {
  engine: [],
  consistency: ['engine'],
  cluster: ['engine'],
  transaction: ['engine'],
  routing: ['engine', 'consistency', 'cluster'],
  execution: ['engine', 'consistency', 'cluster', 'routing'],
  postgres: ['engine', 'consistency', 'cluster', 'transaction', 'routing', 'execution'],
  typeorm: ['engine', 'transaction', 'postgres/pool'],
};

/** The same within the engine: one way, from the pool down to the protocol. All of them may import the files next to the rooms. */
const postgresRooms = {
  settings: [],
  classify: [],
  protocol: ['settings'],
  position: ['protocol'],
  lanes: ['settings', 'protocol', 'position'],
  connections: ['settings', 'protocol', 'position', 'lanes'],
  pool: ['settings', 'classify', 'protocol', 'position', 'lanes', 'connections'],
};

/** The protocol: messages know rows, and rows know no message. All of them may import the files next to the rooms. */
const protocolRooms = { rows: [], wire: ['rows'] };

/** The cluster for development and tests: its nodes on two platforms. All of them may import the files next to the rooms. */
const CLUSTER = '^libs/postgres-cluster/src';
const clusterRooms = {
  process: [],
  network: [],
  data: ['process'],
  node: ['process', 'network'],
  embedded: ['process', 'data', 'node'],
  container: ['process', 'data', 'node', 'embedded'],
};

/** What the package exports, and the packages that each door must not load, nor name in its types. */
const doors = {
  index: ['@nestjs/[^/]+', 'typeorm', 'prom-client', 'rxjs', 'reflect-metadata'],
  nest: ['@nestjs/typeorm', 'typeorm', 'prom-client'],
  typeorm: ['@nestjs/[^/]+', 'prom-client', 'rxjs'],
  'nest-typeorm': ['prom-client'],
  metrics: ['@nestjs/[^/]+', 'typeorm', 'rxjs', 'reflect-metadata'],
};
const DOORS = `${ROUTING}/(${Object.keys(doors).join('|')})\\.ts$`;
const GROUND = `${ROUTING}/(errors/[^/]+|clock|ambient|async-context|bag|text-cache|wrap-method)\\.ts$`;

const roomRules = [
  ...rulesFor(ROUTING, 'db-routing', rooms, [GROUND]),
  ...rulesFor(`${ROUTING}/postgres`, 'postgres', postgresRooms, [`${ROUTING}/postgres/[^/]+\\.ts$`]),
  ...rulesFor(`${ROUTING}/postgres/protocol`, 'protocol', protocolRooms, [
    `${ROUTING}/postgres/protocol/[^/]+\\.ts$`,
  ]),
  ...rulesFor(CLUSTER, 'postgres-cluster', clusterRooms, [`${CLUSTER}/[^/]+\\.ts$`]),
];

function rulesFor(root, name, table, everywhere) {
  return Object.entries(table).map(([room, below]) => ({
    name: `${name}-${room}`,
    comment: `${room}/ may import ${[...below, 'the ground floor'].join(', ')}`,
    severity: 'error',
    from: { path: `${root}/${room}/`, pathNot: '\\.spec\\.ts$|/test/' },
    to: {
      path: `${root}/`,
      pathNot: [...everywhere, `${root}/(${[room, ...below].join('|')})/`],
    },
  }));
}

const doorRules = Object.entries(doors).map(([door, packages]) => ({
  name: `db-routing-door-${door}`,
  comment: `an application that uses this door needs none of ${packages.join(', ')}`,
  severity: 'error',
  from: { path: `${ROUTING}/${door}\\.ts$` },
  to: { path: `node_modules/(@types/)?(${packages.join('|')})/`, reachable: true },
}));

/** Only these places of libs/db-routing may import the package. */
const owners = [
  { name: 'pg', pkg: 'pg', allowed: `${ROUTING}/postgres/` },
  { name: 'typeorm', pkg: 'typeorm', allowed: `${ROUTING}/typeorm/` },
  { name: 'nestjs', pkg: '@nestjs/[^/]+', allowed: `${ROUTING}/(nest|terminus)/` },
  { name: 'rxjs', pkg: 'rxjs', allowed: `${ROUTING}/nest/` },
  { name: 'zod', pkg: 'zod', allowed: `${ROUTING}/routing/` },
  { name: 'prom-client', pkg: 'prom-client', allowed: `${ROUTING}/metrics/` },
  { name: 'libpg-query', pkg: 'libpg-query', allowed: `${ROUTING}/postgres/classify/` },
].map(({ name, pkg, allowed }) => ({
  name: `db-routing-owns-${name}`,
  comment: `${name} is imported in one room only, so that it can be replaced there`,
  severity: 'error',
  from: { path: `${ROUTING}/`, pathNot: [allowed, '\\.spec\\.ts$|/test/'] },
  to: { path: `node_modules/(@types/)?${pkg}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'db-routing-ground-floor',
      comment:
        'errors, clock, ambient, async-context, bag, text-cache and wrap-method import nothing of the rooms',
      severity: 'error',
      from: { path: GROUND },
      to: { path: `${ROUTING}/`, pathNot: GROUND },
    },
    ...roomRules,
    ...owners,
    ...doorRules,
    {
      name: 'postgres-lane-innards',
      comment: 'what one lane is made of is the business of lanes/ alone',
      severity: 'error',
      from: { path: `${ROUTING}/`, pathNot: [`${ROUTING}/postgres/lanes/`] },
      to: { path: `${ROUTING}/postgres/lanes/lane/` },
    },
    {
      name: 'observers-are-not-imported',
      comment: 'metrics/ and terminus/ observe; only the doors export them',
      severity: 'error',
      from: { path: `${ROUTING}/`, pathNot: [`${ROUTING}/(metrics|terminus)/`, DOORS] },
      to: { path: `${ROUTING}/(metrics|terminus)/` },
    },
    {
      name: 'db-routing-by-its-doors',
      comment:
        'everything else uses the package as its users do; a type from its inside is no second copy of it',
      severity: 'error',
      from: { pathNot: ['^libs/db-routing/', '^test/manifests/coherence\\.spec\\.ts$'] },
      to: { path: `${ROUTING}/`, pathNot: DOORS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'libs-do-not-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'nothing-needs-the-lab',
      comment:
        'lab/ proves the library: a team that wants only the services deletes it (docs/only-the-services.md)',
      severity: 'error',
      from: { pathNot: '^lab/' },
      to: { path: '^lab/' },
    },
    {
      name: 'apps-stand-apart',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'db-routing-stands-alone',
      severity: 'error',
      from: { path: ROUTING, pathNot: '\\.spec\\.ts$|/test/' },
      to: { path: '^libs/', pathNot: ROUTING },
    },
    {
      name: 'postgres-cluster-stands-alone',
      severity: 'error',
      from: { path: '^libs/postgres-cluster/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/postgres-cluster/' },
    },
    {
      name: 'cluster-is-for-development',
      comment: 'services never learn the database topology; a cluster of their own is for tests and tools',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$|/test/', '^libs/postgres-cluster/'] },
      to: { path: '^libs/postgres-cluster/' },
    },
    {
      name: 'production-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$|/test/', '^libs/postgres-cluster/'] },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    // The benchmarks have dependencies of their own, which are not installed until they run.
    doNotFollow: { path: ['node_modules', '^lab/bench/'] },
    // The client's program imports types that its test generates.
    exclude: { path: ['^libs/db-routing/dist/', '^test/api-documents/client/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

'use strict';

const swc = (syntax) => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax, decorators: syntax === 'typescript', dynamicImport: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools', '<rootDir>/test', '<rootDir>/lab'],
  testMatch: ['**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  moduleNameMapper: {
    '^@app/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    // The package's sources, so that tests need no build.
    '^db-routing$': '<rootDir>/libs/db-routing/src/index.ts',
    '^db-routing/(nest|nest-typeorm|typeorm|metrics)$': '<rootDir>/libs/db-routing/src/$1.ts',
  },
  // NestJS 12 and jose are ES modules only and Jest on Node 20 cannot require() those,
  // so dependencies are transformed as well; Jest caches the result.
  transform: { '\\.ts$': swc('typescript'), '\\.m?js$': swc('ecmascript') },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/test/temporary-files-in-memory.ts',
  testTimeout: 60_000,
  maxWorkers: 3,
  // Every spec leaves its AsyncLocalStorage behind, and on Node 20 each promise of the next specs then costs more:
  // after a hundred specs, code that makes many promises takes ten times as long. A new worker begins with none.
  workerIdleMemoryLimit: '1GB',
};

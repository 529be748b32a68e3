import tseslint from 'typescript-eslint';

const PAGE = 'tools/console/page/**/*.js';

/** The rules of TypeScript, in sources and in the page of the console. */
const shared = {
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  // An async function without await is how a throw becomes a rejection.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/prefer-nullish-coalescing': 'error',
  'no-console': 'error',
  'no-duplicate-imports': ['error', { includeExports: false }],
  // Prettier wraps code, but no comments.
  'max-len': ['error', { code: 1000, comments: 110, ignoreUrls: true, ignorePattern: 'eslint-disable' }],
  eqeqeq: ['error', 'always'],
};

export default tseslint.config(
  { ignores: ['**/dist/', 'coverage/', 'node_modules/', 'lab/bench/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Nest modules and entity-only classes are decorated, empty classes.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      ...shared,
    },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // A simulated cluster replays a run from its seed: time, timers and luck come from clock.ts alone.
    files: ['libs/db-routing/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/db-routing/src/clock.ts'],
    rules: {
      'no-restricted-globals': ['error', ...['performance', 'setTimeout', 'setInterval'].map(injected)],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use the Random that is injected (clock.ts).' },
        { object: 'Date', property: 'now', message: 'Use the clock that is injected (clock.ts).' },
      ],
    },
  },
  {
    // Above the engine port nothing waits for the event loop by itself, either.
    files: ['libs/db-routing/src/{engine,consistency,cluster,routing,transaction,execution}/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map(injected),
      ],
    },
  },
  {
    files: ['{apps,libs,tools,lab}/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.data.ts', '**/test/**'],
    rules: { 'max-lines': ['error', 250] },
  },
  { files: ['**/*.data.ts'], rules: { 'max-len': 'off' } },
  { files: ['tools/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    ignores: [PAGE],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // The page of the console runs in browsers as it is; its types are in its comments.
    files: [PAGE],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...shared,
      'max-lines': ['error', 250],
    },
  },
);

function injected(name) {
  return { name, message: 'Use the clock that is injected (clock.ts).' };
}

import repository from '../../eslint.config.mjs';

// The repository's rules; only what it ignores there is looked at here.
export default [
  { ignores: ['dist/', 'node_modules/'] },
  ...repository.filter(({ ignores, files }) => ignores === undefined || files !== undefined),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
];

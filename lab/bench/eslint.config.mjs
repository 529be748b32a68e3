import repository from '../../eslint.config.mjs';

// The repository's rules, applied to what the repository itself ignores.
export default [
  { ignores: ['dist/', 'node_modules/'] },
  ...repository.filter(({ ignores, files }) => ignores === undefined || files !== undefined),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
];

'use strict';

const repository = require('../../jest.config');

// The repository's settings, with the specs of this package only.
/** @type {import('jest').Config} */
module.exports = {
  ...repository,
  rootDir: '../..',
  roots: ['<rootDir>/libs/db-routing/src', '<rootDir>/libs/db-routing/test'],
};

import 'reflect-metadata';
import { createRequire } from 'node:module';
import { builtFile } from '../services/service-process';
import { type Handlers, useRawSql } from './raw-handlers';

/** Loaded before one of our services: its handlers, from the same build, then run plain SQL. */
const load = createRequire(__filename);

useRawSql(load(builtFile('apps', 'order-service', 'src', 'orders', 'place-order')) as Handlers);

export { Customer } from './auth/customer.decorator';
export { mintDevelopmentToken, type TokenClaims } from './auth/development-token';
/** @public Health uses it to open its handlers; an application may open others. */
export { Public } from './auth/public.decorator';
export { bootService } from './boot/boot-service';
export { describeStartFailure } from './boot/start-failure';
export { ConfigError } from './config/config-error';
export { loadDatabaseConfig, loadDotEnv, loadServiceConfig } from './config/load-config';
export { DEVELOPMENT_JWT_SECRET, SERVICE_CONFIG, type ServiceConfig } from './config/service-config';
export { DatabaseModule } from './database.module';
export { cursorOf } from './pagination/cursor';
export { Answers } from './http/answers.decorator';
export { RequestHeader } from './http/request-header.decorator';
export type { Page } from './pagination/page';
export { pageLimit, pageOf, pageSchema } from './pagination/page';
export type { FieldError } from './problems/problem';
export { Problem } from './problems/problem';
export type { ServiceDefinition } from './service-definition';
export { plainText, queryTime } from './validation/text-schemas';

export { Customer } from './auth/customer.decorator';
export { mintDevelopmentToken, type TokenClaims } from './auth/development-token';
/** @public Health uses it to open its handlers; an application may open others. */
export { Public } from './auth/public.decorator';
export { bootService } from './boot/boot-service';
export { explainRoute } from './routing-feed/explain-statement';
export { readRoutingFeed, type FeedMessage } from './routing-feed/read-feed';
export { eventText, readEvents } from './routing-feed/server-sent-event';
export type { FeedEvent, FeedHello } from './routing-feed/feed-event';
export { describeStartFailure } from './boot/start-failure';
export { ConfigError } from './config/config-error';
export { loadDatabaseConfig, loadDotEnv, loadServiceConfig } from './config/load-config';
export { DEVELOPMENT_JWT_SECRET, SERVICE_CONFIG, type ServiceConfig } from './config/service-config';
export { DatabaseModule } from './database.module';
export {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from './open-api/deferred-decorators';
export { cursorOf } from './pagination/cursor';
export { Answers } from './http/answers.decorator';
export { AnswersEvents } from './http/answers-events.decorator';
export { RequestHeader } from './http/request-header.decorator';
export type { Page } from './pagination/page';
export { pageLimit, pageOf, pageSchema, rowsToFetch } from './pagination/page';
export { selected } from './pagination/selected';
export type { FieldError } from './problems/problem';
export { Problem } from './problems/problem';
export type { ServiceDefinition } from './service-definition';
export { refusedFields } from './validation/refused-fields';
export { plainText, queryTime } from './validation/text-schemas';

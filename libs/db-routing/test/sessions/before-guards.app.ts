import {
  type ArgumentsHost,
  Body,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  ImATeapotException,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RoutedPool } from '../../src';
import { DbRoutingModule, type DbRoutingModuleOptions } from '../../src/nest';

/** What to write, and where, on behalf of a request: `x-write: guard 7`. */
async function writeIn(place: string, headers: IncomingHttpHeaders, pool: RoutedPool): Promise<boolean> {
  const [where, id] = String(headers['x-write'] ?? '').split(' ');
  if (where !== place) return false;
  await pool.query('INSERT INTO note VALUES ($1)', [id]);
  return true;
}

const headersOf = (context: ExecutionContext | ArgumentsHost): IncomingHttpHeaders =>
  context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>().headers;

@Injectable()
class WritingMiddleware implements NestMiddleware {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  async use({ headers }: IncomingMessage, _response: unknown, next: () => void) {
    await writeIn('middleware', headers, this.pool);
    next();
  }
}

/** Returns the caller, and writes and reads as the request asks. */
@Injectable()
class WritingGuard implements CanActivate {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  async canActivate(context: ExecutionContext) {
    const headers = headersOf(context);
    await writeIn('guard', headers, this.pool);
    if (await writeIn('refusing-guard', headers, this.pool)) return false;
    if (headers['x-known'] === undefined) return true;
    const { rowCount } = await this.pool.query('SELECT FROM note WHERE id = $1', [headers['x-known']]);
    return rowCount === 1;
  }
}

@Catch(ImATeapotException)
class WritingFilter implements ExceptionFilter {
  constructor(
    @Inject(RoutedPool) private readonly pool: RoutedPool,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  async catch(error: ImATeapotException, host: ArgumentsHost) {
    await writeIn('filter', headersOf(host), this.pool);
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), {}, error.getStatus());
  }
}

@Controller('notes')
class NotesController {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  @Get(':id')
  async count(@Param('id') id: string) {
    const text = 'SELECT count(*)::int AS n FROM note WHERE id = $1';
    return (await this.pool.query<{ n: number }>(text, [id])).rows[0];
  }

  @Post(':id')
  @UseGuards(WritingGuard)
  async countWithBody(@Param('id') id: string, @Body() _body: unknown) {
    return this.count(id);
  }

  @Get('tea/:id')
  tea() {
    throw new ImATeapotException();
  }
}

@Module({
  controllers: [NotesController],
  providers: [
    { provide: APP_GUARD, useClass: WritingGuard },
    { provide: 'filter', useClass: WritingFilter },
  ],
})
class NotesModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(WritingMiddleware).forRoutes('{*all}');
  }
}

export const KEYS = [{ id: 'k1', secret: 's'.repeat(32) }];

/** A service whose middleware, guards and filter write. It trusts the header `x-subject`. */
export async function startNotes(options: DbRoutingModuleOptions): Promise<NestFastifyApplication> {
  const root = {
    module: NotesModule,
    imports: [
      DbRoutingModule.forRoot({
        maxStalenessMs: 60_000,
        exposeRoute: true,
        attributesOf: (context) => ({ subject: headersOf(context)['x-subject']?.toString() }),
        ...options,
      }),
    ],
  };
  // Nest declares its options as a class that it does not export.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
  const pool = app.get(RoutedPool);
  app.use(async ({ headers }: IncomingMessage, _response: unknown, next: () => void) => {
    await writeIn('app.use', headers, pool);
    next();
  });
  app.useGlobalFilters(app.get<WritingFilter>('filter'));
  await app.listen(0, '127.0.0.1');
  return app;
}

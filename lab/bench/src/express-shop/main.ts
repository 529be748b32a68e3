import 'reflect-metadata';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { useDataSource } from './plain-typeorm';

/** The handlers of our services on what `nest new` and TypeORM offer: Express, and `replication`. */
async function main({ env }: NodeJS.Process): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
  const settings = {
    primaryUrl: env.PEER_PRIMARY_URL ?? '',
    replicaUrls: (env.PEER_REPLICA_URLS ?? '').split(' '),
    poolSize: Number(env.PEER_POOL_SIZE),
    jwtSecret: env.JWT_SECRET ?? '',
  };
  // Nest declares its options as a class that it does not export.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.create(AppModule.with(settings), new ExpressAdapter(), {
    logger: ['warn', 'error', 'fatal'],
  });
  useDataSource(app.get(DataSource));
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  await app.listen(Number(env.PEER_PORT), '127.0.0.1');
}

void main(process);

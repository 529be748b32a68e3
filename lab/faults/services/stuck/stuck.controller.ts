import { Transactional } from 'db-routing';
import { Controller, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';

@Controller('stuck')
export class StuckController {
  constructor(private readonly dataSource: DataSource) {}

  /** Waits for something that never happens, with its transaction open. */
  @Post()
  @Transactional()
  async neverReturns(): Promise<void> {
    await this.dataSource.query('SELECT txid_current()');
    await new Promise(() => undefined);
  }
}

import { Answers, Customer, type Page } from '@app/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HistoryQueries } from './history.queries';
import {
  type HistoryEntry,
  historyPage,
  type HistoryQuery,
  historyQuery,
  historySummary,
  type HistorySummary,
} from './history.schemas';
import { SummaryQueries } from './summary.queries';

@ApiTags('history')
@ApiBearerAuth()
@Controller('history')
export class HistoryController {
  constructor(
    private readonly history: HistoryQueries,
    private readonly summaries: SummaryQueries,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your orders, newest first' })
  @Answers(historyPage)
  page(
    @Customer() customerId: string,
    @Query({ schema: historyQuery }) query: HistoryQuery,
  ): Promise<Page<HistoryEntry>> {
    return this.history.page(customerId, query);
  }

  @Get('summary')
  @ApiOperation({ summary: 'What you spent, and how many orders you placed, by month' })
  @Answers(historySummary)
  summary(@Customer() customerId: string): Promise<HistorySummary> {
    return this.summaries.byMonth(customerId);
  }
}

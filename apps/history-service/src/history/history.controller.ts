import {
  Answers,
  ApiBearerAuth,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  Customer,
  type Page,
  RequestHeader,
} from '@app/service-kit';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { HistoryQueries } from './history.queries';
import {
  type HistoryEntry,
  historyPage,
  type HistoryQuery,
  historyQuery,
  historySummary,
  type HistorySummary,
  latestOrder,
  type LatestOrder,
  month,
  type Month,
  statement,
  type Statement,
} from './history.schemas';
import { LatestOrderQuery } from './latest-order';
import { StatementQueries } from './statement.queries';
import { SummaryQueries } from './summary.queries';

@ApiTags('history')
@ApiBearerAuth()
@Controller('history')
export class HistoryController {
  constructor(
    private readonly history: HistoryQueries,
    private readonly summaries: SummaryQueries,
    private readonly statements: StatementQueries,
    private readonly latestOrder: LatestOrderQuery,
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

  @Get('statements/:month')
  @ApiOperation({ summary: 'What you ordered in one month: the totals and the orders, as of one moment' })
  @Answers(statement)
  statement(
    @Customer() customerId: string,
    @Param('month', { schema: month }) of: Month,
  ): Promise<Statement> {
    return this.statements.ofMonth(customerId, of);
  }

  @Get('latest')
  @ApiOperation({ summary: 'Your latest order with its items, which the order service provides' })
  @Answers(latestOrder)
  @ApiNotFoundResponse({ description: 'You have not ordered yet' })
  latest(
    @Customer() customerId: string,
    @RequestHeader('authorization') authorization: string,
  ): Promise<LatestOrder> {
    return this.latestOrder.execute(customerId, authorization);
  }
}

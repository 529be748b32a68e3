import { Result } from 'pg';
import type { TypeParser, TypeSource } from './driver-parsers';
import type { RowShape } from './row-shape';

/** The driver's result, with the members that its type declarations lack. */
export type DriverResult = Omit<Result, 'command' | 'rows' | 'oid'> & {
  command: string | null;
  oid: number | null;
  rows: unknown[];
  rowAsArray: boolean;
  _parsers: TypeParser[] | undefined;
  _prebuiltEmptyResultObject: Readonly<Record<string, unknown>> | null;
};

/** An instance of the driver's own result class. */
export function newResult(rowMode: string | undefined, types: TypeSource): DriverResult {
  return new Result(rowMode as string, types as never) as unknown as DriverResult;
}

/** Sets the description of the rows, as the driver does. */
export function describeResult(result: DriverResult, shape: RowShape): void {
  result.fields = shape.copyOfFields();
  if (shape.fields.length > 0) result._parsers = shape.parsers;
  result._prebuiltEmptyResultObject = shape.empty;
}

const COMMAND_TAG = /^([A-Za-z]+)(?: (\d+))?(?: (\d+))?/;

/** Reads command and count from a tag such as `SELECT 5`, as the driver does. */
export function completeResult(result: DriverResult, tag: string): void {
  const match = COMMAND_TAG.exec(tag);
  if (!match) return;
  const [, command, first, second] = match;
  result.command = command ?? null;
  if (second !== undefined) {
    result.oid = Number.parseInt(first ?? '', 10);
    result.rowCount = Number.parseInt(second, 10);
  } else if (first !== undefined) {
    result.rowCount = Number.parseInt(first, 10);
  }
}

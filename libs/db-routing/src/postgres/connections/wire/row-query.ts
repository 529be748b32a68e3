import { type FieldDef, Query, type QueryConfig, type Submittable } from 'pg';
import type { AnyResult } from '../../protocol/query-types';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import { RowShape } from '../../protocol/rows/row-shape';

/** Members of the driver's query that its type declarations lack. */
interface QueryInternals extends Submittable {
  name?: string;
  rows: number | undefined;
  /** The result of the statement that is being answered; a text may have several. */
  readonly _result: {
    readonly fields: FieldDef[];
    readonly rows: unknown[];
    readonly rowAsArray: boolean;
    readonly _types: TypeSource;
  };
  /** What a type parser has thrown: the driver passes it on when the server is ready for the next query. */
  _canceledDueToError: unknown;
}

const DriverQuery = Query as unknown as new (
  config: QueryConfig | string,
  values: unknown[] | undefined,
  callback: (error: Error | null | undefined, result: AnyResult) => void,
) => QueryInternals;

/** A query of the driver that reads its rows itself. */
export class RowQuery extends DriverQuery {
  #fields: FieldDef[] | undefined;
  #shape: RowShape | undefined;

  /** Adds a row to the result, as the driver's `handleDataRow` does. */
  takeRow(bytes: RowBytes, at: number, columns: number): void {
    if (this._canceledDueToError) return;
    const { fields, rows, rowAsArray, _types } = this._result;
    if (this.#fields !== fields) {
      this.#fields = fields;
      this.#shape = new RowShape(fields, _types);
    }
    try {
      rows.push((this.#shape as RowShape).row(bytes, at, columns, rowAsArray));
    } catch (error) {
      this._canceledDueToError = error;
    }
  }
}

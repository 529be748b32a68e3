/** The WASM module under libpg-query's own functions, which cannot replace a broken instance. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryModule {
    _malloc(sizeBytes: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(textPointer: number): number;
    _wasm_parse_plpgsql(textPointer: number): number;
    _wasm_free_string(pointer: number): void;
    _wasm_free_parse_result(resultPointer: number): void;
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, maxBytes: number): void;
    UTF8ToString(pointer: number): string;
    getValue(pointer: number, type: 'i32'): number;
  }
  export default function createModule(): Promise<PgQueryModule>;
}

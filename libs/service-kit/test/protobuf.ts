/**
 * The values of each field, by field number: bytes for length-delimited values, otherwise the number as sent.
 */
export type Message = ReadonlyMap<number, (Buffer | bigint)[]>;

/**
 * Reads the wire format of protobuf (https://protobuf.dev/programming-guides/encoding/), without a schema.
 */
export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const read = (wireType: number): Buffer | bigint => {
    switch (wireType) {
      case 0:
        return varint();
      case 1:
        at += 8;
        return bytes.readBigUInt64LE(at - 8);
      case 2: {
        const length = Number(varint());
        at += length;
        return bytes.subarray(at - length, at);
      }
      case 5:
        at += 4;
        return BigInt(bytes.readUInt32LE(at - 4));
      default:
        throw new Error(`wire type ${wireType} at byte ${at} is not a protobuf wire type`);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    const value = read(tag & 7);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

/** The messages in the field. */
export function messages(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).map((value) => readMessage(value as Buffer));
}

export function text(message: Message, field: number): string | undefined {
  return (message.get(field)?.[0] as Buffer | undefined)?.toString('utf8');
}

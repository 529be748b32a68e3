import { type MessageHandler, MessageReader } from './message-reader';

const message = (code: string, body: Buffer) => {
  const header = Buffer.alloc(5);
  header.write(code, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};
const field = (name: string, oid: number) => {
  const rest = Buffer.alloc(18);
  rest.writeUInt32BE(0x8000_0001, 0);
  rest.writeInt16BE(2, 4);
  rest.writeUInt32BE(oid, 6);
  rest.writeInt16BE(-1, 10);
  rest.writeInt32BE(-1, 12);
  return Buffer.concat([Buffer.from(`${name}\0`), rest]);
};

const WIRE = Buffer.concat([
  message('1', Buffer.alloc(0)),
  message('2', Buffer.alloc(0)),
  message('T', Buffer.concat([Buffer.from([0, 2]), field('größe', 25), field('', 0xffff_fff0)])),
  message('D', Buffer.from([0, 2, 0, 0, 0, 3, 97, 98, 99, 255, 255, 255, 255])),
  message('C', Buffer.from('SELECT 1\0')),
  message('N', Buffer.from('SNOTICE\0Mlisten\0\0')),
  message('E', Buffer.from('SERROR\0C22012\0Mdivision by zero\0Rint4div\0\0')),
  message('E', Buffer.from('SSCHWERWIEGEND\0VFATAL\0C57P01\0Mleb wohl\0\0')),
  message('I', Buffer.alloc(0)),
  message('Z', Buffer.from('I')),
  message('G', Buffer.from([0, 0, 0])),
]);

function read(chunks: Buffer[]): unknown[] {
  const heard: unknown[] = [];
  const handler: MessageHandler = {
    parseComplete: () => heard.push('parsed'),
    bindComplete: () => heard.push('bound'),
    rowDescription: ({ fields }) => heard.push(fields),
    dataRow: (bytes, at, columns, size) => heard.push([columns, size, bytes.text(at + 4, 3)]),
    commandComplete: (tag) => heard.push(tag),
    emptyQuery: () => heard.push('empty'),
    error: ({ message, severity, code, routine, detail }, endsSession) =>
      heard.push({ message, severity, code, routine, detail, endsSession }),
    readyForQuery: () => heard.push('ready'),
    unexpected: (code) => heard.push(code),
  };
  const reader = new MessageReader(handler);
  for (const chunk of chunks) reader.push(chunk);
  return heard;
}

describe('messages of the server', () => {
  const whole = read([WIRE]);

  it('are understood', () => {
    expect(whole).toEqual([
      'parsed',
      'bound',
      [
        {
          name: 'größe',
          tableID: 0x8000_0001,
          columnID: 2,
          dataTypeID: 25,
          dataTypeSize: -1,
          dataTypeModifier: -1,
          format: 'text',
        },
        expect.objectContaining({ name: '', dataTypeID: 0xffff_fff0 }),
      ],
      [2, 18, 'abc'],
      'SELECT 1',
      {
        message: 'division by zero',
        severity: 'ERROR',
        code: '22012',
        routine: 'int4div',
        detail: undefined,
        endsSession: false,
      },
      expect.objectContaining({ severity: 'SCHWERWIEGEND', code: '57P01', endsSession: true }),
      'empty',
      'ready',
      0x47,
    ]);
  });

  it('are the same wherever the network cuts them', () => {
    for (let cut = 1; cut < WIRE.length; cut++) {
      expect(read([WIRE.subarray(0, cut), WIRE.subarray(cut)])).toEqual(whole);
    }
    for (const size of [1, 2, 3, 7, 64]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < WIRE.length; at += size) chunks.push(WIRE.subarray(at, at + size));
      expect(read(chunks)).toEqual(whole);
    }
  });
});

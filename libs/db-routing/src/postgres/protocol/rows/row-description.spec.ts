import { types } from 'pg';
import { driverTypes, type TypeSource } from './driver-parsers';
import { RowDescriptions } from './row-description';

/** The body of a RowDescription message: one column of a type. */
function body(name: string, oid: number): Buffer {
  const rest = Buffer.alloc(18);
  rest.writeUInt32BE(oid, 6);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${name}\0`), rest]);
}

describe('the description of rows', () => {
  const { INT4, TEXT } = types.builtins;
  const descriptions = new RowDescriptions();
  const read = (bytes: Buffer, before = 0) => {
    const buffer = Buffer.concat([Buffer.alloc(before), bytes, Buffer.from('behind')]);
    return descriptions.read(buffer, before, before + bytes.length);
  };

  it('is the one that was read before if it has the same bytes, wherever they are', () => {
    const one = read(body('größe', INT4));
    expect(read(body('größe', INT4), 7)).toBe(one);
    expect(one.fields).toEqual([
      expect.objectContaining({ name: 'größe', dataTypeID: INT4, format: 'text' }),
    ]);
    expect(read(body('größe', TEXT))).not.toBe(one);
    expect(read(body('grösse', INT4))).not.toBe(one);
  });

  it('gives one shape until the application sets another parser', () => {
    const description = read(body('a', INT4));
    const shape = description.shapeFor(driverTypes);
    expect(description.shapeFor(driverTypes)).toBe(shape);
    const others: TypeSource = { getTypeParser: () => () => 'other' };
    expect(description.shapeFor(others)).not.toBe(shape);
    expect(description.shapeFor(driverTypes).parsers).toEqual([driverTypes.getTypeParser(INT4, 'text')]);
  });

  it('is forgotten when it has not come for as long as many others', () => {
    const [used, unused] = [read(body('used', INT4)), read(body('unused', INT4))];
    for (let i = 0; i < 400; i++) {
      read(body(`other${i}`, INT4));
      expect(read(body('used', INT4))).toBe(used);
    }
    expect(read(body('unused', INT4))).not.toBe(unused);
  });

  it('is not kept if it is very long', () => {
    const long = body('x'.repeat(200_000), INT4);
    expect(read(long)).not.toBe(read(long));
  });
});

import type { CallbackMembers } from './callbacks';

export interface CallbackReport {
  /** Members of interfaces. */
  readonly callbackMembers: number;
  /** Members of those interfaces that have more functions than facts. */
  readonly membersOfMostlyFunctions: number;
  /** Constructor parameters that are functions. */
  readonly callbackParameters: number;
  readonly handedDown: readonly CallbackMembers[];
}

export function callbackReport(all: readonly CallbackMembers[]): CallbackReport {
  const handedDown = all
    .filter(({ functions }) => functions.length > 0)
    .sort((one, other) => other.functions.length - one.functions.length);
  const interfaces = handedDown.filter((found) => !isConstructor(found));
  return {
    callbackMembers: functionsOf(interfaces),
    membersOfMostlyFunctions: functionsOf(interfaces.filter(isMostlyFunctions)),
    callbackParameters: functionsOf(handedDown.filter(isConstructor)),
    handedDown,
  };
}

export function callbackLines(report: CallbackReport): string[] {
  const { callbackMembers, membersOfMostlyFunctions, callbackParameters, handedDown } = report;
  return [
    'functions facts   (! an interface with more functions than facts)',
    ...handedDown.map((found) => {
      const { name, file, functions, facts } = found;
      const mark = !isConstructor(found) && isMostlyFunctions(found) ? '!' : ' ';
      const counts = `${String(functions.length).padStart(9)} ${String(facts).padStart(5)}`;
      return `${counts} ${mark} ${name} (${file}): ${functions.join(', ')}`;
    }),
    `${callbackMembers} callback members, ${membersOfMostlyFunctions} of them in interfaces with more functions than facts.`,
    `${callbackParameters} callback parameters of constructors.`,
  ];
}

function functionsOf(found: readonly CallbackMembers[]): number {
  return found.reduce((sum, { functions }) => sum + functions.length, 0);
}

function isConstructor({ name }: CallbackMembers): boolean {
  return name.startsWith('new ');
}

function isMostlyFunctions({ functions, facts }: CallbackMembers): boolean {
  return functions.length > facts;
}

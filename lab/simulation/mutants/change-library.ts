import { addHook } from 'pirates';
import { internalFile } from '../../db-routing-internals';
import { type Mutant, mutate } from './mutant';

/**
 * Makes this process load the mutant in place of the library's file, which stays as it is. Call it before
 * anything loads the library. The returned function throws RangeError when nothing has loaded the file.
 */
export function changeLibrary(mutant: Mutant): () => void {
  const file = internalFile(mutant.file);
  let isLoaded = false;
  addHook(
    (compiled) => {
      isLoaded = true;
      return mutate(mutant, compiled);
    },
    { matcher: (path) => path === file, ignoreNodeModules: false },
  );
  return () => {
    if (!isLoaded) throw new RangeError(`mutant '${mutant.name}': nothing loads ${mutant.file}.js`);
  };
}

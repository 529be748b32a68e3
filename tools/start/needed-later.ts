/** What `npm start` needs once the cluster runs. It loads most of the services' code, so it takes a while. */
export { Console } from '../console/console';
export { aliceWalk } from './walk';

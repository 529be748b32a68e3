import { h, render } from 'preact';
import { App } from './app.js';
import { connect } from './live/connection.js';

const app = document.getElementById('app');
if (app) {
  app.replaceChildren();
  render(h(App, null), app);
}
connect();

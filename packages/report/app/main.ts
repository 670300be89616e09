import { mount } from 'svelte';
import type { ReportData } from '../src/report-data.ts';
import App from './App.svelte';
import './app.css';

const target = document.getElementById('app');
const text = document.getElementById('run-data')?.textContent;
if (target && text) mount(App, { target, props: { data: JSON.parse(text) as ReportData } });

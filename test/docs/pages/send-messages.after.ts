import { routeMessages as routeOfConsole } from '@countersign/adapters/console'

console.log('one function', routeOfConsole === routeMessages)

// Make every server of this process listen on 127.0.0.1, and find free ports there.
import net from 'node:net'

const HOST = '127.0.0.1'

/** Import this file before any server is made: the packages bind all interfaces and offer no option for it. */
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number') {
    const callback = rest.find((each) => typeof each === 'function')
    return listen.call(this, { port: first, host: HOST }, callback)
  }
  if (typeof first === 'object' && first !== null && 'port' in first) {
    return listen.call(this, { ...first, host: HOST }, ...rest)
  }
  return listen.call(this, first, ...rest)
}

/** A port that was free a moment ago: the PDS must know its own before it listens. */
export async function freePort() {
  const server = net.createServer()
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, resolve)
  })
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

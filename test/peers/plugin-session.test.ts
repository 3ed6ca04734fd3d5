/** ansible/plugins/plugin_utils/session.py: which process a worker serves. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pythons, runPlugin } from '../support/plugins.ts'

for (const [name, python] of Object.entries(pythons())) {
  suite(`with ${name}`, () => {
    const run = (program: string): string => runPlugin(python, 'session', program)

    test('a worker serves the process that forked it', () => {
      const said = run(`
def work():
    print(session.playbook_process() == os.getppid(), flush=True)
worker = multiprocessing.get_context('fork').Process(target=work)
worker.start()
worker.join()
print(session.playbook_process() == os.getpid())
`)
      assert.equal(said, 'True\nTrue')
    })

    for (const [collector, becomes] of [
      ['process 1', ''],
      ['a subreaper', 'import ctypes; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)'],
    ] as const) {
      test(`a worker whose ansible-playbook was killed, collected by ${collector}, starts nothing`, () => {
        const said = run(`
${becomes}
read, write = os.pipe()
options = {'project_dir': '/', 'environment': '', 'program': '/bin/false'}

def work():
    session.launch = lambda *_: os._exit(9)
    before = os.getppid()
    os.kill(before, signal.SIGKILL)
    while os.getppid() == before:
        time.sleep(0.01)
    os.write(write, str(refused(lambda: session.open_session(options))).encode())
    os._exit(0)

playbook = os.fork()
if playbook == 0:
    worker = multiprocessing.get_context('fork').Process(target=work)
    worker.start()
    worker.join()
os.waitpid(playbook, 0)
os.close(write)
print(os.read(read, 4096).decode())
`)
        assert.equal(said, 'lockstep: ansible-playbook has ended; run it again')
      })
    }

    test('process 1 is served where it is the ansible-playbook, as in a container, and nowhere else', () => {
      const said = run(`
class Parent(object):
    def __init__(self, pid):
        self.pid = pid

session.os.getppid = lambda: 1
for pid in (1, 4711):
    session.multiprocessing.parent_process = lambda: Parent(pid)
    print(refused(session.playbook_process))
`)
      assert.equal(said, 'None\nlockstep: ansible-playbook has ended; run it again')
    })

    test('what only waits to be collected is dead; what sleeps is not, nor is somebody else’s', () => {
      const said = run(`
child = os.fork()
if child == 0:
    os._exit(0)
while session.stat_of(child)[:1] != ['Z']:
    time.sleep(0.01)
print(session.alive(child))
os.waitpid(child, 0)
print(session.alive(child), session.alive(os.getpid()), session.alive(1))
`)
      assert.equal(said, 'False\nFalse True True')
    })

    test('without /proc, a process is alive until it is gone', () => {
      const said = run(`
session.stat_of = lambda pid: []
print(session.alive(os.getpid()), repr(session.started_at(os.getpid())))
`)
      assert.equal(said, "True ''")
    })
  })
}

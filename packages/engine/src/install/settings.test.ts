import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexSettings, pipConfigFiles } from './settings';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-settings-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const nowhere = () => ({ XDG_CONFIG_HOME: folder });

describe('indexSettings', () => {
  it('knows nothing where nothing is set', () => {
    expect(indexSettings(nowhere(), [])).toEqual({ indexUrl: undefined, certificate: undefined, proxy: undefined });
  });

  it('reads a pip.conf, the section for downloads before the global one, and no other', () => {
    const config = file(
      'pip.conf',
      `# ours
[global]
index-url = https://global.example/simple
cert=/etc/ca.pem
[install]
index-url = https://install.example/simple
[download]
index_url: https://download.example/simple
proxy = http://proxy.example:3128`,
    );
    expect(indexSettings(nowhere(), [config])).toEqual({
      indexUrl: 'https://download.example/simple',
      certificate: '/etc/ca.pem',
      proxy: 'http://proxy.example:3128',
    });
  });

  it('puts the more specific file first', () => {
    const [user, system] = [
      file('user.conf', '[global]\nindex-url = https://user.example'),
      file('system.conf', '[global]\nindex-url = https://system.example\ncert = /system.pem'),
    ];
    expect(indexSettings(nowhere(), [user, system])).toMatchObject({
      indexUrl: 'https://user.example',
      certificate: '/system.pem',
    });
  });

  it.each([
    [{ PIP_INDEX_URL: 'https://pip.example', UV_INDEX_URL: 'https://uv.example' }, 'https://pip.example'],
    [{ UV_DEFAULT_INDEX: 'https://new.example', UV_INDEX_URL: 'https://old.example' }, 'https://new.example'],
    [{ UV_INDEX_URL: 'https://uv.example' }, 'https://uv.example'],
  ])('puts variables before files: %j', (environment, expected) => {
    const config = file('pip.conf', '[global]\nindex-url = https://file.example');
    expect(indexSettings({ ...nowhere(), ...environment }, [config]).indexUrl).toBe(expected);
  });

  it.each([
    'index-url = "https://toml.example"',
    "[pip]\nindex-url = 'https://toml.example'",
    '[[index]]\nname = "x"\nurl = "https://toml.example"',
    '# url = "https://comment.example"\nindex = [{ name = "x", url = "https://toml.example" }]',
    '[publish]\nurl = "https://other.example"\n[[index]]\nurl = "https://toml.example"',
    '[[index]]\nurl = "https://extra.example"\n[[index]]\nurl = "https://toml.example"\ndefault = true',
    '[[index]]\nurl = "https://torch.example"\nexplicit = true\n[[index]]\nurl = "https://toml.example"',
  ])('reads a uv.toml: %s', (content) => {
    const environment = { ...nowhere(), UV_CONFIG_FILE: file('uv.toml', content) };
    expect(indexSettings(environment, []).indexUrl).toBe('https://toml.example');
  });

  it('reads the uv.toml of the user where no other is named, and asks none where pip names an index', () => {
    mkdirSync(join(folder, 'uv'));
    file(join('uv', 'uv.toml'), 'index-url = "https://toml.example"');
    expect(indexSettings(nowhere(), []).indexUrl).toBe('https://toml.example');
    const config = file('pip.conf', '[global]\nindex-url = https://pip.example');
    const broken = { ...nowhere(), UV_CONFIG_FILE: file('uv.toml', 'no TOML') };
    expect(indexSettings(broken, [config]).indexUrl).toBe('https://pip.example');
  });

  it.each([
    ['certificate', { PIP_CERT: '/pip.pem', SSL_CERT_FILE: '/ssl.pem' }, '/pip.pem'],
    ['certificate', { SSL_CERT_FILE: '/ssl.pem' }, '/file.pem'],
    ['proxy', { PIP_PROXY: 'http://pip.example' }, 'http://pip.example'],
    ['proxy', {}, 'http://file.example:80/#part'],
  ] as const)('puts the %s of pip before that of its file, and that before those of all: %j', (name, set, expected) => {
    const config = file('pip.conf', '[global]\r\ncert: /file.pem\r\nproxy = http://file.example:80/#part\r\n');
    expect(indexSettings({ ...nowhere(), ...set }, [config])[name]).toBe(expected);
    expect(indexSettings({ ...nowhere(), SSL_CERT_FILE: '/ssl.pem' }, []).certificate).toBe('/ssl.pem');
  });

  it('names a uv.toml that is none', () => {
    const path = file('uv.toml', 'index-url = https://toml.example');
    expect(() => indexSettings({ ...nowhere(), UV_CONFIG_FILE: path }, [])).toThrow(`${path} is no TOML (`);
  });
});

it('looks for pip.conf where the environment says, before the usual places', () => {
  const files = pipConfigFiles({ PIP_CONFIG_FILE: '/a/pip.conf', VIRTUAL_ENV: '/venv', XDG_CONFIG_HOME: '/config' });
  expect(files.slice(0, 2)).toEqual(['/a/pip.conf', '/venv/pip.conf']);
  expect(files).toContain('/config/pip/pip.conf');
});

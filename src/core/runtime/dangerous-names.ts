/** Variables with which a value becomes code, or takes over what the program next to it believes about itself: the
 *  program loader, language runtimes, shells, tools that run what a variable says, and who and where we are.
 *  A secret store that can set one of these can run programs. */
const words = {
  whoAndWhere: 'PATH HOME USER LOGNAME SHELL PWD OLDPWD TMPDIR TMP TEMP TERM',
  cLibrary:
    'GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN LOCPATH NIS_PATH NLSPATH RES_OPTIONS ' +
    'RESOLV_HOST_CONF TZDIR TERMINFO TERMINFO_DIRS TERMCAP',
  shells:
    'BASH_ENV BASH_XTRACEFD BASHOPTS CDPATH ENV FPATH GLOBIGNORE IFS PROMPT_COMMAND PS1 PS2 PS4 SHELLOPTS ZDOTDIR',
  languageRuntimes:
    'NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_REPL_EXTERNAL_MODULE ' +
    'NODE_REDIRECT_WARNINGS NODE_V8_COVERAGE NODE_COMPILE_CACHE NODE_USE_ENV_PROXY BUN_OPTIONS ' +
    'BUN_INSPECT BUN_CONFIG_PRELOAD BUN_BE_BUN DENO_DIR OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES ' +
    'SSLKEYLOGFILE PERL5DB PERL5LIB PERL5OPT PERLLIB RUBYLIB RUBYOPT CLASSPATH JAVA_OPTS ' +
    'JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS PHPRC PHP_INI_SCAN_DIR LUA_INIT LUA_PATH LUA_CPATH ' +
    'R_PROFILE ERL_LIBS ERL_AFLAGS ERL_FLAGS GODEBUG',
  programsToStart:
    'BROWSER EDITOR VISUAL PAGER MANPAGER LESSOPEN LESSCLOSE SUDO_ASKPASS SSH_ASKPASS SSH_AUTH_SOCK ' +
    'SVN_SSH RSYNC_RSH TAR_OPTIONS DOCKER_HOST DOCKER_CONFIG',
} as const
const exact: ReadonlySet<string> = new Set(Object.values(words).flatMap((line) => line.split(' ')))
const families =
  /^(?:LD_|DYLD_|_RLD|LIBC_|MALLOC_|BASH_FUNC_|PYTHON|XDG_|LC_|LANG(?:UAGE)?$|LOCKSTEP_|npm_config_|BUN_JSC_|DOTNET_|CORECLR_|COR_)/i
const git =
  /^GIT_(?:ASKPASS|CONFIG|DIR$|EDITOR|EXEC_PATH|EXTERNAL_DIFF|PAGER|PROXY|SEQUENCE_EDITOR|SSH|TEMPLATE_DIR|WORK_TREE)/i

/** True for a variable that a secret must not set unless its owner has said so by name. */
export const isDangerousName = (name: string): boolean =>
  exact.has(name.toUpperCase()) || families.test(name) || git.test(name)

/** Those of `names` that are dangerous and not in `allow`, sorted. */
export const dangerousNames = (names: Iterable<string>, allow: readonly string[] = []): readonly string[] =>
  [...names].filter((name) => isDangerousName(name) && !allow.includes(name)).sort()

import { string as stringArg } from "@oclif/core/args";
import { SwapCommand } from "../command";

/**
 * The script of each shell. They hand the words of the line to `swap complete` as they are, and evaluate
 * none of them.
 */
const scripts = {
  bash: `_swap() {
  local IFS=$'\\n'
  COMPREPLY=($(swap complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _swap swap`,
  zsh: `_swap() {
  local -a found
  found=("\${(@f)$(swap complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -a found; else _files; fi
}
compdef _swap swap`,
  fish: `complete -c swap -f -a '(swap complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c swap -l transform -r -F`,
  powershell: `Register-ArgumentCompleter -Native -CommandName swap -ScriptBlock {
  param($word, $line, $position)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  swap complete -- @words 2>$null
}`,
};

/** `swap completion SHELL` */
export default class Completion extends SwapCommand {
  static override enableJsonFlag = false;
  static override summary = "Print a script that completes commands, flags and aliases in a shell.";
  static override description =
    "Load the script from the shell's start-up file. Aliases are completed where SWAP_CONTROL_TABLE or --control-table names the control table and the policy allows a Scan.";
  static override examples = [
    {
      description: "Bash, in ~/.bashrc",
      command: 'eval "$(<%= config.bin %> completion bash)"',
    },
    {
      description: "Zsh, in ~/.zshrc, after compinit",
      command: 'eval "$(<%= config.bin %> completion zsh)"',
    },
    {
      description: "Fish",
      command:
        "<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish",
    },
  ];
  static override args = {
    shell: stringArg({
      description: "the shell",
      options: Object.keys(scripts),
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    this.log(scripts[args.shell as keyof typeof scripts]);
  }
}

using System.CommandLine;

namespace Counterweight.Cli;

/// <summary><c>completion</c>: the script that lets a shell complete verbs, options, names of methods and columns of the file.</summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # counterweight: completion for bash. In ~/.bashrc: eval "$(counterweight completion bash)"
            _counterweight() {
              # bash breaks words at : and =, too. What no space parts is one word for the tool, of which bash replaces what stands behind the last break.
              local rest=$COMP_LINE words=() behind= piece found i
              for ((i = 0; i <= COMP_CWORD; i++)); do
                piece=${COMP_WORDS[i]}
                if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
                  words+=("$piece")
                  behind=
                else
                  behind=${words[${#words[@]} - 1]}
                  words[${#words[@]} - 1]+=$piece
                fi
                [[ -n $piece && -z ${piece//[:=]/} ]] && behind=${words[${#words[@]} - 1]}
                rest=${rest#"${rest%%[![:space:]]*}"}
                rest=${rest#"$piece"}
              done
              words=("${words[@]//[\"\'\\]/}")
              COMPREPLY=()
              while IFS= read -r found; do
                found=${found#"$behind"}
                [[ $piece != [\"\']* && $found == *[!A-Za-z0-9_.,:=+@%/-]* ]] && printf -v found %q "$found"
                COMPREPLY+=("$found")
              done < <(counterweight completion words -- "${words[@]:1}" 2>/dev/null)
            }
            complete -o default -o nosort -F _counterweight counterweight 2>/dev/null || complete -o default -F _counterweight counterweight
            """,
        ["zsh"] = """
            # counterweight: completion for zsh. In ~/.zshrc, below compinit: source <(counterweight completion zsh)
            _counterweight() {
              local -a found
              found=("${(@f)$(counterweight completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
              if [[ -n "${found[1]}" ]]; then compadd -V counterweight -a found; else _files; fi
            }
            compdef _counterweight counterweight
            """,
        ["fish"] = """
            # counterweight: completion for fish. In ~/.config/fish/config.fish: counterweight completion fish | source
            function __counterweight_words
              set -l found (counterweight completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
              if set -q found[1]
                printf '%s\n' $found
              else
                __fish_complete_path (commandline -ct)
              end
            end
            complete -c counterweight -f -k -a '(__counterweight_words)'
            """,
        ["pwsh"] = """
            # counterweight: completion for PowerShell. In $PROFILE: counterweight completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName counterweight -ScriptBlock {
              param($word, $line, $cursor)
              $typed = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object {
                if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.ToString() }
              })
              # Of a list, PowerShell replaces what stands behind the last comma. Before 7.3 it does not pass on an empty word.
              $behind = ''
              if (-not $word) { $typed += $(if ($PSVersionTable.PSVersion -ge [version]'7.3') { '' } else { '""' }) }
              elseif ($typed[-1].EndsWith($word)) { $behind = $typed[-1].Substring(0, $typed[-1].Length - $word.Length) }
              counterweight completion words -- @typed 2>$null | ForEach-Object {
                $text = if ($_.StartsWith($behind)) { $_.Substring($behind.Length) } else { $_ }
                $whole = if ($text -match '[^\w.,:=+@%/\\-]') { "'" + $text.Replace("'", "''") + "'" } else { $text }
                [System.Management.Automation.CompletionResult]::new($whole, $text, 'ParameterValue', $text)
              }
            }
            """,
    };

    internal static VerbCommand Create()
    {
        Argument<string> shell = new("SHELL") { Description = $"{string.Join(", ", Scripts.Keys)}.", CompletionSources = { _ => Scripts.Keys } };
        var verb = new VerbCommand(
            "completion", "Prints a script that completes verbs, options, names of methods and columns of the file when the tab key is pressed.",
            ("completion bash", "the script for bash; in ~/.bashrc: source <(counterweight completion bash)"));
        verb.Add(shell);
        verb.Runs(run =>
        {
            string name = run.Value(shell)!;
            if (!Scripts.TryGetValue(name, out string? script))
                throw new UsageException($"There is no completion for '{name}'. {NearestName.Hint(name, Scripts.Keys)}");
            Console.Out.Write(script.ReplaceLineEndings("\n") + "\n");
        });
        return verb;
    }

    /// <summary>Answers a script that asks <c>completion words -- WORD...</c>, whose words are another command line, half typed, and not this one's.</summary>
    internal static bool Answers(string[] args)
    {
        if (args is not ["completion", "words", "--", .. string[] words]) return false;
        foreach (string candidate in Completions.Of(words)) Console.Out.Write(candidate + "\n");
        return true;
    }
}

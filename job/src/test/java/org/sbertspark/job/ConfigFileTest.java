package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The shipped {@code conf/sbert-spark.conf} against the commands' options, and how it is read. */
class ConfigFileTest {
  private static final Path SHIPPED = Path.of("..", "conf", "sbert-spark.conf");
  private static final Pattern KEY = Pattern.compile("# ([a-z][a-z-]*) =(?: (.+))?");

  private final CommandLine commands = Main.commandLine();

  @Test
  void theShippedFileHasEveryOptionAndNothingElse() throws IOException {
    assertThat(shipped().keySet()).containsExactlyElementsOf(ConfigFile.keys(commands));
  }

  @Test
  void theShippedFileShowsTheBuiltInDefaults() throws IOException {
    // Of each key the defaults of all commands that have it: what one requires another may choose.
    Map<String, Set<String>> builtIn = new TreeMap<>();
    for (OptionSpec option : options()) {
      String none = option.arity().max() == 0 ? "false" : "";
      builtIn
          .computeIfAbsent(ConfigFile.key(option), unseen -> new TreeSet<>())
          .add(option.defaultValue() == null ? none : option.defaultValue());
    }
    shipped().forEach((key, value) -> assertThat(value).as(key).isIn(builtIn.get(key)));
  }

  @Test
  void theShippedFileSaysSomethingOfEveryOption() throws IOException {
    List<String> lines = Files.readAllLines(SHIPPED);
    for (int i = 0; i < lines.size(); i++) {
      if (KEY.matcher(lines.get(i)).matches()) {
        assertThat(lines.get(i - 1)).as("above " + lines.get(i)).startsWith("# ");
      }
    }
  }

  @Test
  void everyShippedDefaultIsAccepted(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("uncommented.conf");
    List<String> uncommented = new ArrayList<>();
    shipped().forEach((key, value) -> uncommented.add(key + " = " + value));
    Files.write(file, uncommented);
    commands.setDefaultValueProvider(ConfigFile.read(Optional.of(file), commands).orElseThrow());
    assertThat(
            commands.parseArgs("embed", "--model", "m", "--input", "i", "--output", "o").errors())
        .isEmpty();
  }

  @Test
  void aValueInTheFileIsTheDefaultAndTheCommandLineComesFirst(@TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("c"), "token-budget = 64\nmodel = m\n");
    commands.setDefaultValueProvider(ConfigFile.read(Optional.of(file), commands).orElseThrow());

    var embed = commands.parseArgs("embed", "--input", "i", "--output", "o").subcommand();
    assertThat((int) embed.commandSpec().findOption("--token-budget").getValue()).isEqualTo(64);
    assertThat((String) embed.commandSpec().findOption("--model").getValue()).isEqualTo("m");

    embed =
        commands
            .parseArgs("embed", "--input", "i", "--output", "o", "--token-budget", "128")
            .subcommand();
    assertThat((int) embed.commandSpec().findOption("--token-budget").getValue()).isEqualTo(128);
  }

  @Test
  void aBlankValueCountsAsNone(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("c"), "model =\n");
    commands.setDefaultValueProvider(ConfigFile.read(Optional.of(file), commands).orElseThrow());
    assertThatThrownBy(() -> commands.parseArgs("embed", "--input", "i", "--output", "o"))
        .hasMessageContaining("--model");
  }

  @Test
  void aKeyThatIsNoOptionIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("c"), "token-buget = 64\n");
    assertThatThrownBy(() -> ConfigFile.read(Optional.of(file), commands))
        .hasMessageContaining("\"token-buget\" is no option")
        .hasMessageContaining("token-budget");
  }

  @Test
  void aFileThatIsMissingIsAnErrorOnlyIfItWasAskedFor(@TempDir Path folder) {
    Map<String, String> asked = Map.of(ConfigFile.VARIABLE, folder.resolve("none").toString());
    assertThatThrownBy(() -> ConfigFile.read(ConfigFile.fromEnvironment(asked), commands))
        .hasMessageContaining("none: there is no such file")
        .hasMessageContaining(ConfigFile.VARIABLE);
    assertThat(ConfigFile.read(ConfigFile.fromEnvironment(Map.of()), commands)).isEmpty();
  }

  /** The keys of the shipped file with their values, empty for none. */
  private static Map<String, String> shipped() throws IOException {
    Map<String, String> keys = new TreeMap<>();
    for (String line : Files.readAllLines(SHIPPED)) {
      Matcher key = KEY.matcher(line);
      if (key.matches()) {
        String before = keys.put(key.group(1), key.group(2) == null ? "" : key.group(2));
        assertThat(before).as("%s stands there twice", key.group(1)).isNull();
      }
    }
    return keys;
  }

  private List<OptionSpec> options() {
    return commandsBelow(commands)
        .flatMap(command -> command.getCommandSpec().options().stream())
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .toList();
  }

  /** The command itself, and those below it. */
  private static Stream<CommandLine> commandsBelow(CommandLine command) {
    return Stream.concat(
        Stream.of(command),
        command.getSubcommands().values().stream().flatMap(ConfigFileTest::commandsBelow));
  }
}

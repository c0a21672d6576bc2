package org.sbertspark.torchscript;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An object of the module tree: its class, its tensors and its submodules. Objects of one class
 * have attributes of the same names, so that they share one program text.
 */
final class ScriptModule {
  private final String className;
  private final String methods;
  private final Map<String, ArchiveTensor> parameters = new LinkedHashMap<>();
  private final Map<String, ScriptModule> submodules = new LinkedHashMap<>();
  private final Map<String, String> made = new LinkedHashMap<>();
  private final List<ArchiveTensor> state = new ArrayList<>();

  /**
   * @param methods the text of the class's methods, indented by two spaces
   */
  ScriptModule(String className, String methods) {
    this.className = className;
    this.methods = methods;
  }

  ScriptModule parameter(String name, ArchiveTensor tensor) {
    parameters.put(name, tensor);
    return this;
  }

  ScriptModule submodule(String name, ScriptModule module) {
    submodules.put(name, module);
    return this;
  }

  /**
   * Makes this an object that the program itself completes: its {@code __setstate__} is called with
   * the tuple of these tensors when the archive is loaded, and has to set all attributes.
   */
  ScriptModule state(ArchiveTensor... tensors) {
    state.addAll(List.of(tensors));
    return this;
  }

  /** An attribute that {@code __setstate__} sets. */
  ScriptModule made(String name, String type) {
    made.put(name, type);
    return this;
  }

  String className() {
    return className;
  }

  Map<String, ArchiveTensor> parameters() {
    return parameters;
  }

  /** Empty for an object that consists of its attributes. */
  List<ArchiveTensor> state() {
    return state;
  }

  Map<String, ScriptModule> submodules() {
    return submodules;
  }

  /** The parameters of this and of all modules below, by the names that libtorch gives them. */
  Map<String, ArchiveTensor> paths() {
    Map<String, ArchiveTensor> paths = new LinkedHashMap<>(parameters);
    submodules.forEach(
        (name, module) ->
            module.paths().forEach((path, tensor) -> paths.put(name + "." + path, tensor)));
    return paths;
  }

  /** The class's text in the archive's program. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("class ").append(className).append("(Module):\n");
    text.append("  __parameters__ = [")
        .append(
            parameters.keySet().stream()
                .map(name -> "\"" + name + "\", ")
                .collect(Collectors.joining()))
        .append("]\n  __buffers__ = []\n");
    parameters.keySet().forEach(name -> text.append("  ").append(name).append(" : Tensor\n"));
    made.forEach((name, type) -> text.append("  %s : %s\n".formatted(name, type)));
    text.append("  training : bool\n  _is_full_backward_hook : Optional[bool]\n");
    submodules.forEach(
        (name, module) -> text.append("  %s : __torch__.%s\n".formatted(name, module.className())));
    return text.append(methods).toString();
  }
}

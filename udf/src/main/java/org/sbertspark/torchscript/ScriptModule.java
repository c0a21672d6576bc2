package org.sbertspark.torchscript;

import java.util.LinkedHashMap;
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

  String className() {
    return className;
  }

  Map<String, ArchiveTensor> parameters() {
    return parameters;
  }

  Map<String, ScriptModule> submodules() {
    return submodules;
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
    text.append("  training : bool\n  _is_full_backward_hook : Optional[bool]\n");
    submodules.forEach(
        (name, module) -> text.append("  %s : __torch__.%s\n".formatted(name, module.className())));
    return text.append(methods).toString();
  }
}

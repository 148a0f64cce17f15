// CodeMirror hands its rules to a <style> element, which the page's CSP refuses; here a sheet that the document adopts takes them.
import { StyleModule } from "style-mod";

export const adoptStyles = () => {
  const sheet = new CSSStyleSheet();
  StyleModule.mount = (root, modules) => {
    sheet.replaceSync([modules].flat().map((module) => module.getRules()).join("\n"));
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [sheet, ...root.adoptedStyleSheets];
  };
};

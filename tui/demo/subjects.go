package demo

// subjects are tried in order: what is rarer and more telling stands first.
var subjects = []subject{
	{"how+are+you how+s+life how+is+life", []string{"Fine, thank you: I live in a very small network with short ways. And you?", "Still fine. Nothing ever happens to me, except messages."}},
	{"ping", []string{"pong 🏓", "pong. Three hops there, three hops back."}},
	{"path paths hop hops onion route guard swarm node nodes network tor", []string{
		"Press Ctrl-P and type \"network\": it shows the three nodes that your messages go through, with their addresses. The first knows you, the last knows the mailbox, none knows both.",
		"This demo runs twelve nodes in your own process. The real network has about two thousand, run by strangers; the client treats both alike.",
		"A swarm is the handful of nodes that keep an account's messages until it asks for them, for two weeks at most.",
	}},
	{"encrypt encrypted encryption secure security safe privacy private crypto", []string{
		"Only the two of us can read this. It is sealed to my key and signed by yours before it leaves your program, and the nodes see an envelope of padded bytes.",
		"Nobody asked you for a phone number, did they? The account is a key pair, that's all.",
	}},
	{"phrase recovery backup restore seed words", []string{
		"The recovery phrase is thirteen words, and the whole account follows from them. 'seance account show --recovery-phrase' prints it. Write it on paper.",
		"Shortened words work too when you restore: three letters of each are enough.",
	}},
	{"request requests oskar stranger accept decline block", []string{
		"You should have a request waiting: Oskar. Strangers can write once, then it's up to you. Accept, decline or block; he only learns of the first.",
		"Press Escape and then Shift-R: the requests. Oskar's is the only one.",
		"Oskar is fine, by the way. He just takes very long over his moves.",
	}},
	{"samira arabic hebrew rtl wide unicode languages", []string{
		"Samira makes signs in nine languages. Have a look at her conversation, it is what I test terminals with.",
		"Resize the window while you are in Samira's conversation. I do it for fun.",
	}},
	{"search find found history old older yesterday", []string{
		"Ctrl-F searches as you type, in our conversation first and with Tab in all of them. Try \"fridge\", or has:link.",
		"When you have opened a match, n goes to the next one and N back. g and then d goes to a date.",
	}},
	{"jump switch conversation conversations fuzzy", []string{
		"Ctrl-K jumps: type a few letters of a name, Enter, and you are there.",
		"Ctrl-K, then \"sam\", then Enter. Come back the same way.",
	}},
	{"palette action actions command commands menu", []string{
		"Ctrl-P lists every action with its key beside it. It's the quickest way to learn them.",
	}},
	{"newline multiline lines paste break editor edit", []string{
		"Alt-Enter breaks the line, Enter sends. Pasting several lines keeps them together.",
		"For anything longer, Ctrl-O opens your editor on what you have typed.",
	}},
	{"vim vi hjkl scroll select escape esc", []string{
		"Escape takes you from the composer to the messages: j and k or the arrows move there. Just start typing to come back.",
		"While you read further up, nothing that arrives moves the text under your eyes.",
	}},
	{"script scripts bot bots cli json pipe cron automate automation", []string{
		"Everything works without the screen too: 'make 2>&1 | tail | seance send Alice -', and 'seance receive --follow --json' for the other direction.",
		"Exit statuses mean something: 3 is \"the network is out of reach\". The message stays in the outbox and goes out with the next run.",
	}},
	{"devnet server host selfhost own", []string{
		"'seance devnet --dir D' runs a whole network like this one for your own tests. Set SEANCE_NETWORK to D/network.toml and you are in it.",
	}},
	{"ssh remote tmux slow screen terminal", []string{
		"It was made for SSH: an idle screen sends nothing, and a key press costs a few bytes.",
		"Make the window narrow once: below 70 columns it shows one thing at a time.",
	}},
	{"colour colours color colors theme dark light", []string{
		"It looks at your terminal's background and picks light or dark. NO_COLOR works as well, and sixteen colours are enough.",
	}},
	{"phone mobile app apps desktop android iphone ios", []string{
		"The people you write to can use the official apps on their phones: it is the same protocol, down to the byte.",
	}},
	{"key keys shortcut shortcuts help how keyboard", []string{
		"F1 shows the keys of where you are; outside the composer ? does too. Ctrl-K jumps to a conversation, Ctrl-P lists every action.",
		"Three to remember: Ctrl-K jumps, Ctrl-P does anything, Escape goes to the messages.",
		"Alt-Enter breaks a line, Enter sends, Ctrl-K takes you to somebody else. Try it on Samira.",
	}},
	{"seance séance session messenger demo what", []string{
		"Seance is a terminal client for the Session network. Here you see all of it but the internet: the nodes run in your process, and when you quit everything is gone.",
		"It is independent of the people behind Session, and speaks their protocol. Séance is just French for session. No table will move.",
	}},
	{"who name real human person robot ai", []string{
		"I'm Mina, I come with the demo. A list of answers and a profile of my own: but my messages really do travel through three nodes to reach you.",
		"Not a person, I'm afraid. But a real account: my Account ID starts with 05, like yours.",
	}},
	{"joke funny fun", []string{
		"Why do spirits like onion routing? Nobody can tell who is calling from the other side.",
		"A TCP packet walks into a bar and says \"I'd like a beer\". \"You'd like a beer?\" \"Yes, I'd like a beer.\"",
	}},
	{"thanks thank thx cheers merci danke gracias", []string{"You're welcome!", "Any time 🕯️", "Gladly. Ask me about the keys if you like."}},
	{"bye goodbye ciao later night quit exit", []string{
		"See you! Ctrl-C ends the demo, and nothing of it stays on your disk.",
		"Bye! I'll stop existing in a moment, don't feel bad about it.",
	}},
	{"sorry oops", []string{"No harm done.", "Happens."}},
	{"hello hi hey hallo hola bonjour salut morning evening moin yo", []string{
		"Hello! Good to see you here. What does it look like on your terminal?",
		"Hi again!",
		"Hey 👋 Ask me how to jump between conversations.",
	}},
	{"good great nice cool love beautiful wow awesome excellent", []string{
		"Glad you like it! Ctrl-P shows what else it can do.",
		"I think so too. Have you looked at the network page yet? Ctrl-P, then \"network\".",
		":)",
	}},
	{"bad broken ugly bug wrong slow hate terrible", []string{
		"Oh. Tell me what you saw: the project takes such reports seriously.",
		"If the picture is off, Ctrl-L draws it anew. Terminals disagree about how wide some emoji are.",
	}},
	{"yes yeah yep sure ok okay", []string{"Good.", "Then let's go on: have you tried Ctrl-K?", "👍"}},
	{"no nope nah", []string{"Fair enough.", "All right. What would you rather talk about?"}},
	{"test testing", []string{"Received, loud and clear.", "Test passed. That went through six hops, counting mine."}},
	{"time date today", []string{"Messages carry the sender's time; the program corrects a wrong clock by the network's.", "No idea, honestly. I only exist since you started the demo."}},
	{"you", []string{"Enough about me. What would you like to try?", "I do what I can, for somebody made of a few lists."}},
}

var (
	signs = []string{"😄", "I'll take that as a yes.", "👀", "🕯️"}

	long = []string{
		"That was %d characters! It arrived whole, in one piece. The limit is 2,000.",
		"%d characters, and all of them here. I'll read them twice.",
	}

	foreignScripts = []string{
		"I can't read that, but all %d characters arrived. Samira might know.",
		"%d characters, none of them lost on the way. Beautiful script!",
	}

	questions = []string{
		"Good question. I know my way around this program; for everything else you want a bigger contact.",
		"I'd say yes. But I only really know about keys, onions and envelopes.",
		"Hard to say. Ask me something about Seance?",
		"Let me think about it. Meanwhile: Ctrl-K jumps to another conversation.",
	}

	others = []string{
		"Tell me more.",
		"I see! By the way, Ctrl-P lists everything you can do here.",
		"Interesting. Did you notice how the answer took a moment? Six hops, three for you and three for me.",
		"Got it.",
		"Makes sense. Have a look at Samira's messages, they're quite something.",
		"Mm-hm. Escape and then the arrows lets you walk through what we wrote.",
		"Noted, and sealed, and stored in a swarm for two weeks. Well, until you quit.",
	}
)
